package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.ManualClock;
import com.posthog.asyncmigrations.postgres.Marks;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/** What one process of the operator has for copying rows from PostgreSQL into ClickHouse. */
final class Copying implements AutoCloseable {
  final ManualClock clock = new ManualClock();
  final Flights flights = new Flights(4, clock);
  final CopiesFromPostgres copies;
  private final ClickHouseCluster cluster;
  private final LeaseView.Held lease;

  /** A process that holds the lease under this token. */
  Copying(PostgresDatabase database, ClickHouseCluster cluster, long token) {
    this.cluster = cluster;
    lease = new LeaseView.Held(token, clock.instant());
    copies =
        new CopiesFromPostgres(
            cluster,
            new MarkedSteps(
                database,
                new Backends(database, clock),
                flights,
                new Recognition(flights, clock),
                new Marks(Records.KEY)),
            Clock.systemUTC());
  }

  /** The recorded intent, for the server that there is. */
  Intent here(Intent recorded) {
    return new Intent(
        recorded.position(),
        recorded.effectId(),
        cluster.nodes().get(0).ref(),
        recorded.token(),
        recorded.at());
  }

  /** Table t by its id, in batches of so many rows at most. */
  static Step.CopyFromPostgres step(int most) {
    return step(List.of("id"), Map.of(), most);
  }

  static Step.CopyFromPostgres step(List<String> key, Map<String, String> columns, int most) {
    return new Step.CopyFromPostgres(
        "t",
        key,
        columns,
        Optional.empty(),
        "t",
        Map.of(),
        new Step.Pace(Duration.ofSeconds(2), most, Duration.ZERO));
  }

  void submit(Intent intent, Step.CopyFromPostgres step) {
    copies.submit(here(intent), step, () -> {});
  }

  EffectView observe(Intent intent, Step.CopyFromPostgres step) {
    return copies.observe(here(intent), step, lease);
  }

  EffectView run(Intent intent, Step.CopyFromPostgres step) {
    submit(intent, step);
    return end(intent, step);
  }

  /** Waits for the end of what was submitted. */
  EffectView end(Intent intent, Step.CopyFromPostgres step) {
    return Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .until(
            () -> observe(intent, step),
            view -> !(view instanceof EffectView.Running || view instanceof EffectView.Looking));
  }

  @Override
  public void close() {
    flights.close();
  }
}
