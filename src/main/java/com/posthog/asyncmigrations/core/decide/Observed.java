package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.check.Finding;
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
 * @param ledgerLost whether the status knows of a run that PostgreSQL does not
 * @param lease who holds the lease
 * @param effect what is known of the recorded intent
 * @param workers what is seen of the worker Deployment
 * @param unhealthy why the run must end: a health check that failed three times in a row
 * @param reverseWindowClosed whether the way back after the end is closed
 * @param nextRunId the id that a run starting now would have
 * @param node where the next step would run, for the intent
 * @param holding why no new step may begin now: a health check that could not be made
 * @param findings what the checks have found, as far as they were looked at
 */
public record Observed(
    Optional<Problem> obstacle,
    Optional<Problem> refusal,
    boolean required,
    boolean adopted,
    boolean ledgerLost,
    LeaseView lease,
    EffectView effect,
    WorkersView workers,
    Optional<Problem> unhealthy,
    boolean reverseWindowClosed,
    String nextRunId,
    NodeRef node,
    Optional<Problem> holding,
    List<Finding> findings) {
  /** Keeps a copy. */
  public Observed {
    findings = List.copyOf(findings);
  }
}
