package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Gate;
import com.posthog.asyncmigrations.core.check.Health;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A copy with differences. Mutable, and never kept. */
final class ObservedBuilder {
  private final Observed from;
  private Optional<Problem> refusal;
  private boolean required;
  private boolean adopted;
  private Optional<Problem> taken;
  private Optional<Problem> unhealthy;
  private boolean reverseWindowClosed;
  private Optional<Workers> hold;
  private Optional<Problem> holding;
  private List<Finding> findings;
  private Optional<PlanReport> plan;

  ObservedBuilder(Observed from) {
    this.from = from;
    refusal = from.refusal();
    required = from.required();
    adopted = from.adopted();
    taken = from.taken();
    unhealthy = from.unhealthy();
    reverseWindowClosed = from.reverseWindowClosed();
    hold = from.hold();
    holding = from.holding();
    findings = from.findings();
    plan = from.plan();
  }

  ObservedBuilder plan(Optional<PlanReport> value) {
    plan = value;
    return this;
  }

  ObservedBuilder hold(Optional<Workers> value) {
    hold = value;
    return this;
  }

  ObservedBuilder checks(Optional<Problem> refused, Gate.Answer gate, Health health) {
    refusal = refused;
    required = gate.required();
    unhealthy = health.unhealthy();
    holding = health.holding();
    findings = Stream.concat(gate.findings().stream(), health.findings().stream()).toList();
    return this;
  }

  ObservedBuilder reverseWindowClosed(boolean value) {
    reverseWindowClosed = value;
    return this;
  }

  ObservedBuilder postHog(boolean itsOwn, Optional<Problem> running) {
    adopted = itsOwn;
    taken = running;
    return this;
  }

  Observed build() {
    return new Observed(
        from.obstacle(),
        refusal,
        required,
        adopted,
        taken,
        from.ledgerLost(),
        from.lease(),
        from.effect(),
        from.workers(),
        unhealthy,
        reverseWindowClosed,
        from.nextRunId(),
        from.servers(),
        from.finalizer(),
        hold,
        from.nodes(),
        holding,
        findings,
        plan);
  }
}
