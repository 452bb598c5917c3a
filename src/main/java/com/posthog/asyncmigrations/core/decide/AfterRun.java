package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.util.List;
import java.util.function.Predicate;

/** The phases in which a run has ended, and may be taken up again. */
final class AfterRun {
  private AfterRun() {}

  static List<Transition> errored() {
    Predicate<Facts> back =
        f -> f.wants(Wish.ROLLED_BACK) && !f.rollbackFollowed() && mayRollBack(f);
    Predicate<Facts> backFirst = f -> retryWanted(f) && f.rollbackBegun();
    Predicate<Facts> on = f -> (retryWanted(f) || mended(f)) && !f.rollbackBegun();
    Predicate<Facts> mayGoOn =
        f -> on.test(f) && f.planStillFits() && f.observed().refusal().isEmpty();
    Predicate<Facts> any = back.or(backFirst).or(mayGoOn);
    return new Rows(Phase.ERRORED)
        .leaseNotNeeded(any.negate())
        .finalizerNotNeeded(any.negate())
        .ledgerLost(f -> true)
        .stall(
            Event.ROLLBACK_REFUSED,
            f -> f.wants(Wish.ROLLED_BACK) && !mayRollBack(f),
            f -> Moves.rollbackRefusal(f).orElseThrow())
        .obstacle(any)
        .stall(Event.PLAN_CHANGED, f -> on.test(f) && !f.planStillFits(), DuringRun::planChanged)
        .stall(
            Event.RETRY_REFUSED,
            f -> on.test(f) && f.observed().refusal().isPresent(),
            f -> f.observed().refusal().orElseThrow())
        .needsLease(any)
        .needsFinalizer(any)
        .write(
            Event.ROLLBACK_WANTED,
            Phase.ROLLING_BACK,
            back,
            f -> f.recorded().to(Phase.ROLLING_BACK, Moves.here(f, Moves.rollBack(f))))
        .write(
            Event.RETRY_BACKWARDS,
            Phase.ROLLING_BACK,
            backFirst,
            f -> f.recorded().to(Phase.ROLLING_BACK, Moves.here(f, Moves.rollBack(f))))
        .write(
            Event.RETRY_WANTED,
            Phase.STARTING,
            f -> on.test(f) && f.nonceGrew(),
            f ->
                f.recorded()
                    .to(Phase.STARTING, Moves.here(f, Moves.resume(f)))
                    .consuming(f.desired().retryNonce()))
        .write(
            Event.MENDED,
            Phase.STARTING,
            on,
            f -> f.recorded().to(Phase.STARTING, Moves.here(f, Moves.resume(f))))
        .stall(Event.NOTHING_WANTED, f -> true, AfterRun::outcome)
        .rows();
  }

  static List<Transition> rolledBack() {
    Predicate<Facts> again =
        f ->
            retryWanted(f)
                && f.desired().compiled().asPlan().isPresent()
                && f.observed().refusal().isEmpty();
    return new Rows(Phase.ROLLED_BACK)
        .leaseNotNeeded(again.negate())
        .finalizerNotNeeded(again.negate())
        .obstacle(AfterRun::retryWanted)
        .stall(
            Event.RETRY_REFUSED,
            f -> retryWanted(f) && !again.test(f),
            f -> f.desired().compiled().asProblem().or(() -> f.observed().refusal()).orElseThrow())
        .needsLease(again)
        .needsFinalizer(again)
        .write(Event.RETRY_WANTED, Phase.STARTING, again, BeforeRun::start)
        .hold(Event.NOTHING_WANTED, f -> f.wants(Wish.ROLLED_BACK), Rows.LATER, AfterRun::outcome)
        .stall(Event.NOTHING_WANTED, f -> true, AfterRun::outcome)
        .rows();
  }

  static List<Transition> completed() {
    Predicate<Facts> back = f -> f.wants(Wish.ROLLED_BACK) && mayRollBack(f);
    Predicate<Facts> ignores = Facts::nonceGrew;
    Predicate<Facts> any = back.or(ignores);
    return new Rows(Phase.COMPLETED)
        .leaseNotNeeded(any.negate())
        .finalizerNotNeeded(any.negate())
        .ledgerLost(f -> f.wants(Wish.ROLLED_BACK))
        .obstacle(any)
        .needsLease(any)
        .needsFinalizer(back)
        .ignoresNonce()
        .stall(
            Event.ROLLBACK_REFUSED,
            f -> f.wants(Wish.ROLLED_BACK) && !mayRollBack(f),
            f -> Moves.rollbackRefusal(f).orElseThrow())
        .write(
            Event.ROLLBACK_WANTED,
            Phase.ROLLING_BACK,
            back,
            f -> f.recorded().to(Phase.ROLLING_BACK, Moves.here(f, Moves.rollBack(f))))
        .hold(Event.NOTHING_WANTED, f -> true, Rows.LATER, AfterRun::outcome)
        .rows();
  }

  private static boolean mayRollBack(Facts f) {
    return Moves.rollbackRefusal(f).isEmpty();
  }

  private static boolean retryWanted(Facts f) {
    return f.wants(Wish.COMPLETED) && f.nonceGrew();
  }

  /** What ended the run was in the spec, and the spec was mended. */
  private static boolean mended(Facts f) {
    Reason why = f.recorded().outcome().map(Problem::reason).orElse(Reason.InternalError);
    return f.wants(Wish.COMPLETED)
        && ((why == Reason.PlanChanged && f.planStillFits())
            || (why == Reason.ApprovalRejected && f.approvalNoLongerRejected()));
  }

  private static Problem outcome(Facts f) {
    return f.recorded()
        .outcome()
        .orElseGet(
            () ->
                new Problem(
                    Reason.InternalError, "the run has ended, and its reason was not recorded"));
  }
}
