package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.operation.sql.PostgresFlights;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.Mark;
import com.posthog.asyncmigrations.postgres.Marks;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.StepName;
import java.time.Clock;
import java.util.Optional;

/**
 * Runs a statement on PostgreSQL for one batch of a table's rows after the other.
 *
 * <p>The process sends each batch, so when it dies the batch under way is rolled back, and the
 * successor goes on from the mark, which has committed with the batch before.
 */
public final class BatchUpdates implements StepRunner<Step.BatchUpdate> {
  private final PostgresDatabase database;
  private final Backends backends;
  private final Flights flights;
  private final PostgresFlights sender;
  private final Recognition recognition;
  private final Marks marks;
  private final Clock clock;

  /**
   * Runs the batches of one migration.
   *
   * @param marks those of the migration
   */
  public BatchUpdates(
      PostgresDatabase database,
      Backends backends,
      Flights flights,
      Recognition recognition,
      Marks marks,
      Clock clock) {
    this.database = database;
    this.backends = backends;
    this.flights = flights;
    sender = new PostgresFlights(database, flights);
    this.recognition = recognition;
    this.marks = marks;
    this.clock = clock;
  }

  @Override
  public void submit(Intent intent, Step.BatchUpdate step, Runnable wake) {
    sender.launch(
        intent.effectId(),
        connection ->
            new BatchLoop(database, connection, flights, marks, clock, intent, step).run(),
        wake);
  }

  @Override
  public EffectView observe(Intent intent, Step.BatchUpdate step, LeaseView.Held lease) {
    return recognition.of(intent, lease, () -> lookUp(intent));
  }

  @Override
  public void rest(Intent intent, Step.BatchUpdate step) {
    flights.rest(intent.effectId());
  }

  /** Between two batches there is nothing to cancel, so that none may begin any more. */
  @Override
  public void kill(Intent intent, Step.BatchUpdate step) {
    flights.rest(intent.effectId());
    backends.kill(StepName.of(intent.effectId()));
  }

  /**
   * First the activity, then the mark: a last batch that commits between the two looks is seen. The
   * connection of this process may pause between two batches; that of a process which is gone has
   * nothing to do any more.
   */
  private Lookup lookUp(Intent intent) {
    try {
      StepName name = StepName.of(intent.effectId());
      boolean ours =
          flights.stateOf(intent.effectId()).orElse(null) instanceof Flights.State.InFlight;
      boolean runs = ours ? backends.connected(name) : backends.running(name);
      Optional<Mark> mark = database.ask(connection -> marks.read(connection, intent));
      if (runs) {
        return new Lookup.Running(
            mark.map(Mark::fraction).orElse(0.0), mark.map(Mark::changed).orElse(0L));
      }
      return mark.filter(Mark::done)
          .<Lookup>map(done -> new Lookup.Finished(done.changed()))
          .orElseGet(
              () ->
                  new Lookup.Absent(
                      false, "nobody runs its batches any more; it goes on from its mark"));
    } catch (ProblemException unanswered) {
      return new Lookup.Unanswered(unanswered.problem());
    }
  }
}
