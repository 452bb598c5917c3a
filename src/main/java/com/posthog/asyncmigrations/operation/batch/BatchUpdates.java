package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.operation.sql.PostgresFlights;
import java.sql.Connection;
import java.time.Clock;

/**
 * Runs a statement on PostgreSQL for one batch of a table's rows after the other.
 *
 * <p>The process sends each batch, so when it dies the batch under way is rolled back, and the
 * successor goes on from the mark, which has committed with the batch before.
 */
public final class BatchUpdates implements StepRunner<Step.BatchUpdate> {
  private final MarkedSteps marked;
  private final PostgresFlights sender;
  private final Clock clock;

  /** Runs the batches of one migration. */
  public BatchUpdates(MarkedSteps marked, Clock clock) {
    this.marked = marked;
    sender = new PostgresFlights(marked.database(), marked.flights());
    this.clock = clock;
  }

  @Override
  public void submit(Intent intent, Step.BatchUpdate step, Runnable wake) {
    sender.launch(intent.effectId(), sql -> loop(intent, step, sql).run(), wake);
  }

  private BatchLoop loop(Intent intent, Step.BatchUpdate step, Connection sql) {
    BatchConnection connection = new BatchConnection(sql);
    return new BatchLoop(
        marked,
        connection,
        clock,
        intent,
        new UpdatedRows(connection, marked.marks(), intent, step));
  }

  @Override
  public EffectView observe(Intent intent, Step.BatchUpdate step, LeaseView.Held lease) {
    return marked.observe(intent, lease);
  }

  @Override
  public void rest(Intent intent, Step.BatchUpdate step) {
    marked.flights().rest(intent.effectId());
  }

  @Override
  public void kill(Intent intent, Step.BatchUpdate step) {
    marked.kill(intent);
  }
}
