package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.plan.Compiled;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is wanted now.
 *
 * @param wish what a person wants
 * @param retryNonce raised to run again after an error or a rollback
 * @param compiled what the spec makes: a plan, or the problem with it
 * @param approvals the decisions of people
 * @param policy the instance's settings
 * @param checks what has to hold before a start, and while a run goes on
 * @param deletion the resource is being deleted
 * @param dryRun nothing is started: what a run would do is said instead
 */
public record Desired(
    Wish wish,
    int retryNonce,
    Compiled compiled,
    List<Approval> approvals,
    Policy policy,
    Checks checks,
    Optional<Deletion> deletion,
    boolean dryRun) {

  /** Keeps a copy of the approvals. */
  public Desired {
    approvals = List.copyOf(approvals);
  }

  /** What is wanted of a resource that nobody deletes. */
  public Desired(
      Wish wish,
      int retryNonce,
      Compiled compiled,
      List<Approval> approvals,
      Policy policy,
      Checks checks) {
    this(wish, retryNonce, compiled, approvals, policy, checks, Optional.empty(), false);
  }

  /** The same, of which only is said what it would do. What is under way goes on. */
  public Desired asDryRun() {
    return new Desired(
        wish == Wish.COMPLETED ? Wish.IDLE : wish,
        retryNonce,
        compiled,
        approvals,
        policy,
        checks,
        deletion,
        true);
  }

  /**
   * What is asked by now and a run that is under way does not follow, for people; empty where it
   * does.
   */
  public Optional<String> notFollowedBy(Run run) {
    if (!compiled.is(plan -> plan.hash().equals(run.plan().hash()))) {
      return Optional.of("the spec was changed meanwhile, which does not change this run");
    }
    if (dryRun && wish == Wish.IDLE) {
      return Optional.of("dryRun is true by now, which does not end a run: Stopped does");
    }
    return wish == Wish.IDLE
        ? Optional.of("desiredState is Idle by now, which does not end a run: Stopped does")
        : Optional.empty();
  }

  /** The same for a resource that is being deleted, which ends its run. */
  public Desired deleted(Deletion by) {
    return new Desired(
        Wish.STOPPED, retryNonce, compiled, approvals, policy, checks, Optional.of(by), false);
  }

  /**
   * A deletion.
   *
   * @param since when it was asked for
   * @param abandon whether a person has said not to wait for the run's end
   */
  public record Deletion(Instant since, boolean abandon) {
    /** How long a resource waits until what its run left can be ended (contracts, 10). */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** Whether the resource goes, whatever its run leaves behind. */
    public boolean givesUp(Instant now) {
      return abandon || since.plus(PATIENCE).isBefore(now);
    }
  }

  /** A person's decision on one operation of one plan; for another plan it does not count. */
  public record Approval(String operation, String planHash, boolean approved, String comment) {}

  /**
   * PostHog's settings, as far as decisions need them.
   *
   * @param rollBackOnError whether an error rolls back by itself ({@code disableAutoRollback} turns
   *     it off)
   * @param autoContinue whether a statement whose outcome was lost may be repeated without a person
   * @param rollbackTimeout how long one step of a rollback may run; zero: as long as it takes
   * @param readyTimeout how long the workers' pods may take before the migration says that they are
   *     not ready
   */
  public record Policy(
      boolean rollBackOnError,
      boolean autoContinue,
      Duration rollbackTimeout,
      Duration readyTimeout) {
    /** PostHog's defaults. */
    public static final Policy DEFAULT =
        new Policy(true, true, Duration.ZERO, Duration.ofMinutes(10));
  }
}
