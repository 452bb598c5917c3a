package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Gate;
import com.posthog.asyncmigrations.core.check.Health;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import java.util.List;
import java.util.Optional;

/**
 * What the world is like, as far as this pass has looked.
 *
 * @param obstacle what has to pass by itself first: something missing, unreachable, or somebody
 *     else's turn
 * @param refusal a check that was not met, which a person has to see to
 * @param required whether {@code requiredWhen} says that the migration is needed; true where there
 *     is none
 * @param adopted whether PostHog completed the migration itself
 * @param taken why PostHog's own run of the migration keeps this one from its next step; looked at
 *     between steps only
 * @param ledgerLost whether the status knows of a run that PostgreSQL does not
 * @param lease who holds the lease
 * @param effect what is known of the recorded intent
 * @param workers what is seen of the worker Deployment
 * @param unhealthy why the run must end: a health check that failed three times in a row
 * @param reverseWindowClosed whether the way back after the end is closed
 * @param nextRunId the id that a run starting now would have
 * @param servers what a run that starts now would work on; absent where they could not be asked
 * @param finalizer whether the resource has our finalizer, and so stays until its run has ended
 * @param hold what would be recorded of the Deployment that the next step scales
 * @param nodes where the next step would run, for the intent: one server, or several at once
 * @param holding why no new step may begin now: a health check that could not be made
 * @param findings what the checks have found, as far as they were looked at
 * @param plan what a dry run has found; absent: none is wanted, or nothing is known yet
 */
public record Observed(
    Optional<Problem> obstacle,
    Optional<Problem> refusal,
    boolean required,
    boolean adopted,
    Optional<Problem> taken,
    boolean ledgerLost,
    LeaseView lease,
    EffectView effect,
    WorkersView workers,
    Optional<Problem> unhealthy,
    boolean reverseWindowClosed,
    String nextRunId,
    Optional<Servers> servers,
    boolean finalizer,
    Optional<Workers> hold,
    List<NodeRef> nodes,
    Optional<Problem> holding,
    List<Finding> findings,
    Optional<PlanReport> plan) {
  /** Keeps a copy. */
  public Observed {
    nodes = List.copyOf(nodes);
    findings = List.copyOf(findings);
  }

  /** The same with what a dry run has found. */
  public Observed withPlan(Optional<PlanReport> found) {
    return new ObservedBuilder(this).plan(found).build();
  }

  /** The same with what would be recorded of the Deployment that the next step scales. */
  public Observed withHold(Optional<Workers> found) {
    return new ObservedBuilder(this).hold(found).build();
  }

  /** The same with what the checks have found; a refusal of them is one that counts now. */
  public Observed withChecks(Optional<Problem> refused, Gate.Answer gate, Health health) {
    return new ObservedBuilder(this).checks(refused, gate, health).build();
  }

  /** The same, whose way back after the end is closed or not. */
  public Observed withReverseWindow(boolean closed) {
    return new ObservedBuilder(this).reverseWindowClosed(closed).build();
  }

  /** The same with what PostHog's own row says. */
  public Observed withPostHog(boolean itsOwn, Optional<Problem> running) {
    return new ObservedBuilder(this).postHog(itsOwn, running).build();
  }
}
