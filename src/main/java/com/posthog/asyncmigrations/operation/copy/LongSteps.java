package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.QueriesOf;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Runs work of many statements, one thread for each node, until it is done: what passes by itself
 * is waited for.
 */
final class LongSteps<S extends Step> implements StepRunner<S> {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  private static final Set<Reason> PASSES_BY_ITSELF =
      EnumSet.of(Reason.DatabaseUnreachable, Reason.TooManyParts, Reason.DiskFull);

  /** So often a predecessor that is not gone may get in the way: it has few statements left. */
  private static final int MOST_AGAIN = 5;

  private final LongWork<S> work;
  private final QueriesOf queries;
  private final Flights flights;
  private final Recognition recognition;
  private final CopyControls controls;

  LongSteps(
      LongWork<S> work,
      ClickHouseCluster cluster,
      CopyControls controls,
      Flights flights,
      Recognition recognition) {
    this.work = work;
    this.controls = controls;
    this.queries = new QueriesOf(cluster);
    this.flights = flights;
    this.recognition = recognition;
  }

  @Override
  public void submit(Intent intent, S step, Runnable wake) {
    boolean mustFinish = !inFlight(intent) && work.mustFinish(intent, step);
    if (mustFinish) {
      flights.forget(intent.effectId());
      controls.forget(intent.effectId());
    }
    CopyControl control = controls.begin(intent.effectId());
    if (mustFinish) {
      control.finish();
    }
    flights.launch(intent.effectId(), () -> untilDone(intent, step, control), wake);
  }

  private EffectView untilDone(Intent intent, S step, CopyControl control) {
    Duration wait = Duration.ofSeconds(1);
    int again = 0;
    while (true) {
      try {
        try {
          return work.run(intent, step, control);
        } catch (AnswerLost lost) {
          control.waits(lost.problem());
        } catch (ProblemException e) {
          boolean renamed = Exchanges.fenced(e.problem()) && again++ < MOST_AGAIN;
          if (!renamed && !PASSES_BY_ITSELF.contains(e.problem().reason())) {
            return new EffectView.Failed(e.problem());
          }
          control.waits(e.problem());
        }
        control.pause(wait);
        wait = shorter(wait.multipliedBy(2), LONGEST_WAIT);
      } catch (CopyControl.Resting resting) {
        return new EffectView.Rested(control.told().rows());
      } catch (CopyControl.Stopped stopped) {
        return new EffectView.Failed(new Problem(Reason.StatementKilled, "it was stopped"));
      }
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** While this process does it, it knows best; a predecessor's statements are looked for. */
  @Override
  public EffectView observe(Intent intent, S step, LeaseView.Held lease) {
    Optional<CopyControl> control = controls.of(intent.effectId());
    if (control.isPresent() && inFlight(intent)) {
      return running(intent, control.get());
    }
    EffectView seen = recognition.of(intent, lease, () -> lookUp(intent));
    return leftOff(seen) ? unlessUnfinished(intent, step, seen) : seen;
  }

  private boolean inFlight(Intent intent) {
    return flights.stateOf(intent.effectId()).orElse(null) instanceof Flights.State.InFlight;
  }

  /** Whether nobody does it, and it has come neither to its own end nor to its own failure. */
  private static boolean leftOff(EffectView seen) {
    return seen instanceof EffectView.NotRun
        || seen instanceof EffectView.Unknown
        || (seen instanceof EffectView.Failed failed
            && failed.problem().reason() == Reason.StatementKilled);
  }

  private EffectView unlessUnfinished(Intent intent, S step, EffectView seen) {
    try {
      return work.mustFinish(intent, step) ? new EffectView.Unfinished() : seen;
    } catch (ProblemException unanswered) {
      return new EffectView.Looking(unanswered.problem());
    }
  }

  /** With what the statements under way have written; as it was last known, if nobody answers. */
  private EffectView running(Intent intent, CopyControl control) {
    Optional<String> first = control.statement();
    if (first.isPresent()) {
      queries.written(intent.effectId(), intent.node()).forEach(control::writes);
    }
    CopyControl.Told told = control.toldWithWritten();
    return EffectView.Running.waiting(told.fraction(), told.rows(), told.waiting()).by(first);
  }

  private Lookup lookUp(Intent intent) {
    try {
      return queries.running(intent.effectId(), intent.node())
          ? new Lookup.Running(0, 0)
          : new Lookup.Absent(
              false, "the process that did it is gone, and what it did is recorded");
    } catch (ProblemException unanswered) {
      return new Lookup.Unanswered(unanswered.problem());
    }
  }

  @Override
  public void rest(Intent intent, S step) {
    controls.of(intent.effectId()).ifPresent(CopyControl::rest);
  }

  @Override
  public void kill(Intent intent, S step) {
    Optional<CopyControl> here = controls.of(intent.effectId());
    here.ifPresent(CopyControl::stop);
    if (here.filter(CopyControl::finishes).isEmpty()) {
      queries.kill(intent.effectId(), intent.node());
    }
  }

  @Override
  public void settled(Intent intent, S step) {
    intent.effectIds().forEach(controls::forget);
  }
}
