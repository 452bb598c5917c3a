package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Gate;
import com.posthog.asyncmigrations.core.check.Gate.Scope;
import java.util.Optional;

/** Where a migration meets its checks, and what their answer means there. */
public final class Checkpoint {
  private Checkpoint() {}

  /** What has to be asked now. Nothing that is on its way out waits for a check. */
  public static Scope scope(Desired desired, Recorded recorded) {
    boolean wanted = desired.wish() == Wish.COMPLETED;
    boolean nonceGrew = desired.retryNonce() > recorded.observedRetryNonce();
    boolean begins =
        switch (recorded.phase()) {
          case NOT_STARTED, FAILED_AT_STARTUP, PAUSED -> wanted;
          case AWAITING_APPROVAL -> wanted && approved(desired, recorded);
          case ERRORED ->
              wanted
                  && (nonceGrew || mayBeMended(recorded))
                  && recorded.run().flatMap(Run::rolledBackFor).isEmpty();
          case ROLLED_BACK -> wanted && nonceGrew;
          case STARTING, RUNNING, STOPPING, ROLLING_BACK, COMPLETED -> false;
        };
    return switch (recorded.phase()) {
      case NOT_STARTED -> begins || desired.dryRun() ? Scope.START : Scope.NEED;
      case FAILED_AT_STARTUP -> Scope.START;
      default -> begins ? Scope.RESUME : Scope.NOTHING;
    };
  }

  /** Whether the health checks are made again and again now. */
  public static boolean watchesHealth(Recorded recorded) {
    boolean ending = recorded.run().flatMap(Run::ending).isPresent();
    return !ending
        && (recorded.phase() == Phase.RUNNING || recorded.phase() == Phase.AWAITING_APPROVAL);
  }

  /**
   * Why a person has to see to it. A start that was refused stays refused until the checks were
   * made again: not being able to tell changes nothing.
   */
  public static Optional<Problem> refusal(Recorded recorded, Gate.Answer answer) {
    boolean stands =
        recorded.phase() == Phase.FAILED_AT_STARTUP
            && answer.obstacle().isPresent()
            && !answer.known();
    return stands ? recorded.outcome().or(answer::obstacle) : answer.refusal();
  }

  private static boolean approved(Desired desired, Recorded recorded) {
    String hash = recorded.theRun().plan().hash();
    return desired.approvals().stream().anyMatch(a -> a.approved() && a.planHash().equals(hash));
  }

  private static boolean mayBeMended(Recorded recorded) {
    return recorded
        .outcome()
        .map(Problem::reason)
        .filter(r -> r == Reason.PlanChanged || r == Reason.ApprovalRejected)
        .isPresent();
  }
}
