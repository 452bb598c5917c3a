package com.posthog.asyncmigrations.operation.batch;

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

/** What one process of the operator has for running batches. */
final class Batching implements AutoCloseable {
  final ManualClock clock = new ManualClock();
  final Flights flights = new Flights(4, clock);
  final BatchUpdates batches;
  private final LeaseView.Held lease;
  private final PostgresDatabase database;

  /** A process that holds the lease under this token. */
  Batching(PostgresDatabase database, long token) {
    this.database = database;
    lease = new LeaseView.Held(token, clock.instant());
    batches =
        new BatchUpdates(
            new MarkedSteps(
                database,
                new Backends(database, clock),
                flights,
                new Recognition(flights, clock),
                new Marks(Records.KEY)),
            Clock.systemUTC());
  }

  /** On table t by its id, in batches of at most so many rows that should take so long. */
  static Step.BatchUpdate step(String sql, int most, Duration batchTime) {
    return step("t", List.of("id"), sql, most, batchTime);
  }

  static Step.BatchUpdate step(
      String table, List<String> key, String sql, int most, Duration batchTime) {
    return new Step.BatchUpdate(
        table, key, sql, Map.of(), new Step.Pace(batchTime, most, Duration.ZERO));
  }

  void submit(Intent intent, Step.BatchUpdate step) {
    batches.submit(intent, step, () -> {});
  }

  EffectView observe(Intent intent, Step.BatchUpdate step) {
    return batches.observe(intent, step, lease);
  }

  /** Submits, and waits for the end. */
  EffectView run(Intent intent, Step.BatchUpdate step) {
    submit(intent, step);
    return end(intent, step);
  }

  /** Waits for the end of what was submitted. */
  EffectView end(Intent intent, Step.BatchUpdate step) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> observe(intent, step),
            view -> !(view instanceof EffectView.Running || view instanceof EffectView.Looking));
  }

  /** Waits until so many batches are done. */
  void awaitBatches(Intent intent, long least) {
    Marks marks = new Marks(Records.KEY);
    Awaitility.await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                database
                    .ask(connection -> marks.read(connection, intent))
                    .filter(mark -> mark.batches() >= least)
                    .isPresent());
  }

  /** Why it stands still, as soon as it does. */
  EffectView.Running awaitWaiting(Intent intent, Step.BatchUpdate step) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                Optional.of(observe(intent, step))
                    .filter(EffectView.Running.class::isInstance)
                    .map(EffectView.Running.class::cast)
                    .filter(running -> running.waiting().isPresent()),
            Optional::isPresent)
        .orElseThrow();
  }

  @Override
  public void close() {
    flights.close();
  }
}
