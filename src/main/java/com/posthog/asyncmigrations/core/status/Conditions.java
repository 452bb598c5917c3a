package com.posthog.asyncmigrations.core.status;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Decision;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.Wish;
import java.util.List;

/** What people and tools are told of a migration: exactly one of the three conditions holds. */
public final class Conditions {
  private Conditions() {}

  /** The conditions of a record, with what is done about it now. */
  public static List<Condition> of(Recorded recorded, Choice choice) {
    return choice
        .decision()
        .fold(
            new Decision.Cases<>() {
              @Override
              public List<Condition> hold(Decision.Hold hold) {
                return hold.attention()
                    ? only(Condition.Type.Stalled, hold.why())
                    : asEnded(recorded, choice, hold.why());
              }

              @Override
              public List<Condition> write(Decision.Write write) {
                return asEnded(recorded, choice, underWay(recorded));
              }

              @Override
              public List<Condition> perform(Decision.Perform perform) {
                return asEnded(recorded, choice, underWay(recorded));
              }
            });
  }

  /** One that holds, and two that do not, for the same reason. */
  public static List<Condition> only(Condition.Type type, Problem why) {
    return List.of(
        condition(Condition.Type.Ready, type, why),
        condition(Condition.Type.Reconciling, type, why),
        condition(Condition.Type.Stalled, type, why));
  }

  private static Condition condition(Condition.Type type, Condition.Type holding, Problem why) {
    return new Condition(type, type == holding, why.reason(), why.message());
  }

  private static List<Condition> asEnded(Recorded recorded, Choice choice, Problem otherwise) {
    Problem outcome = recorded.outcome().orElse(otherwise);
    return switch (recorded.phase()) {
      case COMPLETED -> only(Condition.Type.Ready, outcome);
      case ROLLED_BACK ->
          only(
              choice.desired().wish() == Wish.ROLLED_BACK
                  ? Condition.Type.Ready
                  : Condition.Type.Stalled,
              outcome);
      case ERRORED, FAILED_AT_STARTUP ->
          only(
              choice.decision() instanceof Decision.Hold
                  ? Condition.Type.Reconciling
                  : Condition.Type.Stalled,
              choice.decision() instanceof Decision.Hold ? otherwise : outcome);
      case NOT_STARTED, STARTING, RUNNING, PAUSED, AWAITING_APPROVAL, STOPPING, ROLLING_BACK ->
          only(Condition.Type.Reconciling, otherwise);
    };
  }

  private static Problem underWay(Recorded recorded) {
    boolean restoring = recorded.run().flatMap(Run::ending).isPresent();
    if (restoring && recorded.phase().active()) {
      return new Problem(Reason.Restoring, "putting back what the run had changed");
    }
    return switch (recorded.phase()) {
      case NOT_STARTED, STARTING -> new Problem(Reason.Starting, "starting");
      case STOPPING -> new Problem(Reason.Stopping, "stopping what runs");
      case ROLLING_BACK -> new Problem(Reason.RollingBack, "undoing what was done");
      case PAUSED -> new Problem(Reason.Paused, "paused");
      case AWAITING_APPROVAL -> new Problem(Reason.ApprovalPending, "waiting for an approval");
      case RUNNING, COMPLETED, ERRORED, ROLLED_BACK, FAILED_AT_STARTUP ->
          new Problem(
              Reason.Running,
              recorded
                  .run()
                  .flatMap(Run::operation)
                  .map(o -> "running operation " + o.name())
                  .orElse("running"));
    };
  }
}
