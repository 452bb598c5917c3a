package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.plan.Compiled;
import java.time.Duration;
import java.util.List;

/**
 * What is wanted now.
 *
 * @param wish what a person wants
 * @param retryNonce raised to run again after an error or a rollback
 * @param compiled what the spec makes: a plan, or the problem with it
 * @param approvals the decisions of people
 * @param policy the instance's settings
 * @param checks what has to hold before a start, and while a run goes on
 */
public record Desired(
    Wish wish,
    int retryNonce,
    Compiled compiled,
    List<Approval> approvals,
    Policy policy,
    Checks checks) {

  /** Keeps a copy of the approvals. */
  public Desired {
    approvals = List.copyOf(approvals);
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
