package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The phases in which a run is stopped, or undone. */
final class Endings {
  private Endings() {}

  static List<Transition> stopping() {
    Predicate<Facts> stopped = f -> !f.ending();
    return new Rows(Phase.STOPPING)
        .runIsOurs()
        .recordParts()
        .killStep(stopped)
        .write(
            Event.ROLLBACK_WANTED,
            Phase.ROLLING_BACK,
            f -> stopped.test(f) && rollsBackNext(f) && Moves.rollbackRefusal(f).isEmpty(),
            f -> f.recorded().to(Phase.ROLLING_BACK, Moves.rollBack(f)))
        .change(
            Event.STOP_DONE,
            stopped,
            f -> f.run().change().noStop().ending(Phase.ERRORED, whyStopped(f)).build())
        .watchStep()
        .ending(Phase.ERRORED)
        .rows();
  }

  static List<Transition> rollingBack() {
    Predicate<Facts> stopped = f -> f.stop().isPresent() && !f.ending();
    return new Rows(Phase.ROLLING_BACK)
        .runIsOurs()
        .change(
            Event.DELETION_WANTED,
            f -> f.deleted() && f.stop().isEmpty() && !f.ending(),
            f ->
                f.run()
                    .change()
                    .stop(new Run.Stop(Run.Stop.Kind.STOP, Moves.whyStopWanted(f)))
                    .build())
        .watchParts(Phase.ROLLING_BACK)
        .killStep(stopped)
        .change(
            Event.STOP_DONE,
            stopped,
            f -> {
              Run.Stop stop = f.stop().orElseThrow();
              Problem why =
                  stop.kind() == Run.Stop.Kind.STOP
                      ? stop.problem()
                      : stop.problem().as(Reason.RollbackFailed);
              return f.run().change().noStop().ending(Phase.ERRORED, why).build();
            })
        .limitStep(Phase.ROLLING_BACK)
        .watchStep()
        .ending(Phase.ROLLED_BACK, Phase.ERRORED)
        .change(
            Event.STEP_FINISHED,
            f -> f.effect(EffectView.Finished.class),
            f -> Moves.finished(f).build())
        .change(
            Event.STEP_FAILED,
            f -> f.effect(EffectView.Failed.class),
            f -> {
              Problem why = f.effectAs(EffectView.Failed.class).problem().as(Reason.RollbackFailed);
              return Moves.failed(f, why).ending(Phase.ERRORED, why).build();
            })
        .change(Event.STEP_LOST, f -> f.effect(EffectView.Unknown.class), Moves::again)
        .takenByPostHog(f -> true)
        .change(
            Event.ALL_DONE,
            f -> f.run().operation().isEmpty(),
            f -> f.run().change().ending(Phase.ROLLED_BACK, whyRolledBack(f)).build())
        .change(Event.NEXT_STEP, f -> true, Moves::intend)
        .rows();
  }

  private static boolean rollsBackNext(Facts f) {
    if (f.deleted()) {
      return false;
    }
    return switch (f.stop().map(Run.Stop::kind).orElse(Run.Stop.Kind.STOP)) {
      case ROLL_BACK -> true;
      case STOP -> f.wants(Wish.ROLLED_BACK);
      case ERROR -> f.desired().policy().rollBackOnError() || f.wants(Wish.ROLLED_BACK);
    };
  }

  /** Why the run ends here; where it should have been undone, why that is not possible too. */
  private static Problem whyStopped(Facts f) {
    Problem why =
        f.stop()
            .map(Run.Stop::problem)
            .orElse(new Problem(Reason.Stopped, "stopped as spec.desiredState says"));
    Optional<Problem> refusal = rollsBackNext(f) ? Moves.rollbackRefusal(f) : Optional.empty();
    return refusal
        .map(r -> new Problem(why.reason(), why.message() + "; not rolled back: " + r.message()))
        .orElse(why);
  }

  private static Problem whyRolledBack(Facts f) {
    String after =
        f.run().errors().isEmpty()
            ? ""
            : " after an error: " + f.run().errors().get(0).problem().message();
    return new Problem(Reason.RolledBack, "everything that had begun was undone" + after);
  }
}
