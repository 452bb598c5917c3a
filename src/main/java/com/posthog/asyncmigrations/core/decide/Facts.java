package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What is wanted, remembered and seen, and the questions that the rows of the phase table ask of
 * it.
 */
record Facts(Desired desired, Recorded recorded, Observed observed, Instant now) {

  boolean wants(Wish wish) {
    return desired.wish() == wish;
  }

  boolean wantsEnd() {
    return wants(Wish.STOPPED) || wants(Wish.ROLLED_BACK);
  }

  boolean deleted() {
    return desired.deletion().isPresent();
  }

  boolean nonceGrew() {
    return desired.retryNonce() > recorded.observedRetryNonce();
  }

  Run run() {
    return recorded.theRun();
  }

  boolean hasIntent() {
    return recorded.run().flatMap(Run::intent).isPresent();
  }

  Intent intent() {
    return run().intent().orElseThrow(() -> new IllegalStateException("no intent"));
  }

  boolean ending() {
    return recorded.run().flatMap(Run::ending).isPresent();
  }

  boolean effect(Class<? extends EffectView> kind) {
    return hasIntent() && kind.isInstance(effect());
  }

  /** Of a step on several servers, what is known of it as a whole. */
  private EffectView effect() {
    return parts().map(parts -> parts.whole(stop().isPresent())).orElse(observed.effect());
  }

  /** The parts of the step under way, if it has any. */
  Optional<Parts> parts() {
    return Parts.of(recorded.run().flatMap(Run::intent), observed.effect());
  }

  /** Whether the end of a part was seen that is not recorded. */
  boolean partEnded() {
    return parts().filter(parts -> !parts.recorded().equals(intent())).isPresent();
  }

  /** Whether a part has failed while others may go on, and nobody stops them yet. */
  boolean failsInPart() {
    return stop().isEmpty() && !ending() && parts().filter(Parts::failing).isPresent();
  }

  <V extends EffectView> V effectAs(Class<V> kind) {
    return kind.cast(effect());
  }

  boolean holdsLease() {
    return observed.lease().held();
  }

  long token() {
    return ((LeaseView.Held) observed.lease()).token();
  }

  /** Whether the step under way looks so, where this process may start it. */
  boolean mayStart(Class<? extends EffectView> look) {
    return effect(look)
        && holdsLease()
        && parts()
            .map(parts -> !parts.those(token(), look).parts().isEmpty())
            .orElseGet(() -> intent().token() == token());
  }

  boolean stepLeft() {
    return run().step().isPresent();
  }

  /** The Deployment to put back now. */
  Optional<Workers> toRestore() {
    return run().toRestore(recorded.phase() == Phase.PAUSED);
  }

  boolean atApproval() {
    return run().next().stage() == Position.Stage.FORWARD
        && run().operation().filter(o -> o.kind() == PlannedOperation.Kind.APPROVAL).isPresent();
  }

  Optional<Desired.Approval> approval() {
    String operation = run().operationName();
    return desired.approvals().stream()
        .filter(a -> a.operation().equals(operation) && a.planHash().equals(run().plan().hash()))
        .findFirst();
  }

  /** Whether the operation that a run stood at when it ended is not rejected any more. */
  boolean approvalNoLongerRejected() {
    return run()
        .ending()
        .map(Run.Ending::resumeAt)
        .filter(at -> at.operation() < run().plan().operations().size())
        .map(at -> run().plan().operations().get(at.operation()).name())
        .map(
            name ->
                desired.approvals().stream()
                    .noneMatch(
                        a ->
                            a.operation().equals(name)
                                && a.planHash().equals(run().plan().hash())
                                && !a.approved()))
        .orElse(false);
  }

  /** Whether the step under way can be asked to rest. */
  boolean rests() {
    return run().step().filter(Step::rests).isPresent();
  }

  /** What the step under way fails of again and again. */
  Optional<Problem> failing() {
    return effect(EffectView.Running.class)
        ? effectAs(EffectView.Running.class).failing()
        : Optional.empty();
  }

  /**
   * Whether the step under way has taken longer than its operation allows. One that rests may take
   * as long as it has pieces.
   */
  boolean timedOut() {
    if (rests()) {
      return false;
    }
    Duration limit =
        switch (run().next().stage()) {
          case FORWARD -> run().operation().map(PlannedOperation::timeout).orElse(Duration.ZERO);
          case BACKWARD, REDO -> desired.policy().rollbackTimeout();
          case RESTORE -> Duration.ZERO;
        };
    return !limit.isZero() && intent().at().plus(limit).isBefore(now);
  }

  /** Whether what this run has done so far is what the spec says by now, so that it can go on. */
  boolean planStillFits() {
    return desired.compiled().is(plan -> plan.sharesPrefix(run().plan(), run().begun()));
  }

  /** The step under way, for people. */
  String where() {
    Run run = run();
    String statement = statement(run);
    return switch (run.next().stage()) {
      case FORWARD -> "operation " + run.operationName() + statement;
      case BACKWARD, REDO -> "the rollback of operation " + run.operationName() + statement;
      case RESTORE -> "what is always restored" + statement;
    };
  }

  private static String statement(Run run) {
    int step = run.next().step();
    if (run.list().isPresent()) {
      return run.item().isPresent()
          ? " (item %d of %d)".formatted(run.item().getAsInt() + 1, run.itemCount())
          : " (the list of its items)";
    }
    return run.length() > 1 ? " (statement %d of %d)".formatted(step + 1, run.length()) : "";
  }

  /** What the spec says by now and this run does not follow, for people. */
  String notFollowed() {
    return desired.notFollowedBy(run()).map(what -> "; " + what).orElse("");
  }

  boolean at(Position.Stage stage) {
    return run().next().stage() == stage;
  }

  Optional<Run.Stop> stop() {
    return recorded.run().flatMap(Run::stop);
  }

  boolean rollbackBegun() {
    return recorded.run().flatMap(Run::rolledBackFor).isPresent();
  }

  /** Whether this wish to roll back was followed already: once for each retryNonce. */
  boolean rollbackFollowed() {
    return recorded
        .run()
        .flatMap(Run::rolledBackFor)
        .filter(nonce -> nonce >= desired.retryNonce())
        .isPresent();
  }
}
