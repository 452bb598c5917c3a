package com.posthog.asyncmigrations.core.status;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.OperationRecord;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Position;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;

/** How far a migration is, by the weights of its operations (contracts, 7). */
public final class Progress {
  private Progress() {}

  /**
   * From 0 to 100.
   *
   * @param effect what is known of the step under way
   * @param shown what was shown last of the same attempt; progress does not fall while a run goes
   *     forwards
   */
  public static int percent(Recorded recorded, EffectView effect, int shown) {
    if (recorded.phase() == Phase.COMPLETED) {
      return 100;
    }
    if (recorded.run().isEmpty() || recorded.run().flatMap(Run::rolledBackFor).isPresent()) {
      return 0;
    }
    Run run = recorded.theRun();
    double done = 0;
    double whole = 0;
    for (int i = 0; i < run.plan().operations().size(); i++) {
      PlannedOperation operation = run.plan().operations().get(i);
      whole += operation.weight();
      done += operation.weight() * fraction(run, i, effect);
    }
    int percent = (int) Math.floor(100 * done / whole);
    return Math.max(Math.min(percent, 99), Math.min(shown, 99));
  }

  /** Rows that an operation has read or written, with those of its step under way. */
  public static long rows(Run run, int operation, EffectView effect) {
    Position at = run.next();
    boolean here = at.operation() == operation && at.stage() == Position.Stage.FORWARD;
    return run.operations().get(operation).rows()
        + (here && run.whole(effect) instanceof EffectView.Running running ? running.rows() : 0);
  }

  /** How much of an operation is done, 0 to 1. */
  static double fraction(Run run, int operation, EffectView effect) {
    if (run.operations().get(operation).state() == OperationRecord.State.COMPLETED) {
      return 1;
    }
    Position at = run.ending().map(Run.Ending::resumeAt).orElse(run.next());
    int steps = run.at(at).length();
    if (at.operation() != operation || at.stage() != Position.Stage.FORWARD || steps == 0) {
      return 0;
    }
    EffectView whole = run.whole(effect);
    double ofStep = whole instanceof EffectView.Running running ? running.fraction() : 0;
    return (at.step() + ofStep) / steps;
  }
}
