package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.Mark;
import com.posthog.asyncmigrations.postgres.Marks;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.StepName;
import java.util.Optional;

/**
 * Tells what became of the steps of one migration that go through a table of PostgreSQL with a mark
 * there.
 */
public record MarkedSteps(
    PostgresDatabase database,
    Backends backends,
    Flights flights,
    Recognition recognition,
    Marks marks) {

  EffectView observe(Intent intent, LeaseView.Held lease) {
    return recognition.of(intent, lease, () -> lookUp(intent));
  }

  /** Between two batches there is nothing to cancel, so that none may begin any more. */
  void kill(Intent intent) {
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
      return new Lookup.Absent(false, "nobody runs its batches any more; it goes on from its mark");
    } catch (ProblemException unanswered) {
      return new Lookup.Unanswered(unanswered.problem());
    }
  }
}
