package com.posthog.asyncmigrations.operation.sql;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.ManualClock;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** What one process of the operator has for running steps, with a clock of its own. */
public final class Operator implements AutoCloseable {
  final ManualClock clock = new ManualClock();
  final Flights flights = new Flights(4, clock);
  final AtomicInteger woken = new AtomicInteger();
  final PostgresStatements statements;
  private final LeaseView.Held lease;

  /** A process that holds the lease under this token. */
  Operator(PostgresDatabase database, long token) {
    lease = new LeaseView.Held(token, clock.instant());
    statements =
        new PostgresStatements(
            database,
            new Backends(database, clock),
            flights,
            new Recognition(flights, clock),
            Records.KEY);
  }

  static Step.PostgresStatement transactional(String sql) {
    return new Step.PostgresStatement(sql, Map.of(), Map.of(), true, OnUnknown.FAIL);
  }

  static Step.PostgresStatement alone(String sql) {
    return new Step.PostgresStatement(sql, Map.of(), Map.of(), false, OnUnknown.FAIL);
  }

  void submit(Intent intent, Step.PostgresStatement step) {
    statements.submit(intent, step, woken::incrementAndGet);
  }

  EffectView observe(Intent intent, Step.PostgresStatement step) {
    return statements.observe(intent, step, lease);
  }

  /** Submits, and waits for the end. */
  EffectView run(Intent intent, Step.PostgresStatement step) {
    submit(intent, step);
    return end(intent, step);
  }

  /** Waits for the end of what was submitted. */
  EffectView end(Intent intent, Step.PostgresStatement step) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> observe(intent, step),
            view -> !(view instanceof EffectView.Running || view instanceof EffectView.Looking));
  }

  void awaitRunning(Intent intent, Step.PostgresStatement step) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> observe(intent, step) instanceof EffectView.Running);
  }

  /** Long enough that nothing can be on its way any more. */
  void wait15() {
    clock.advance(Recognition.ON_ITS_WAY);
  }

  @Override
  public void close() {
    flights.close();
  }
}
