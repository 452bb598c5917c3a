package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import java.util.List;
import java.util.Optional;

/** The phases in which nothing was touched yet. */
final class BeforeRun {
  private BeforeRun() {}

  static List<Transition> notStarted() {
    return new Rows(Phase.NOT_STARTED)
        .leaseNotNeeded(f -> !mayStart(f))
        .finalizerNotNeeded(f -> !mayStart(f))
        .write(
            Event.PLAN_INVALID,
            Phase.FAILED_AT_STARTUP,
            f -> f.desired().compiled().asProblem().isPresent(),
            f ->
                f.recorded()
                    .to(Phase.FAILED_AT_STARTUP, f.desired().compiled().asProblem().orElseThrow()))
        .hold(Event.DRY_RUN, f -> f.desired().dryRun(), Rows.DRY_RUN, BeforeRun::plan)
        .obstacle(f -> true)
        .write(
            Event.ADOPTED,
            Phase.COMPLETED,
            f -> f.observed().adopted(),
            f ->
                f.recorded()
                    .to(
                        Phase.COMPLETED,
                        new Problem(Reason.Adopted, "PostHog completed this migration itself")))
        .write(
            Event.NOT_REQUIRED,
            Phase.COMPLETED,
            f -> !f.observed().required(),
            f ->
                f.recorded()
                    .to(
                        Phase.COMPLETED,
                        new Problem(
                            Reason.NotRequired,
                            "requiredWhen answered false: there is nothing to migrate")))
        .hold(
            Event.NOT_WANTED,
            f -> !f.wants(Wish.COMPLETED),
            Rows.LATER,
            f ->
                f.wants(Wish.ROLLED_BACK)
                    ? new Problem(
                        Reason.NothingToRollBack,
                        "there is nothing to roll back: the migration was not started")
                    : new Problem(
                        Reason.WaitingForStart, "set spec.desiredState to Completed to start it"))
        .takenByPostHog(f -> true)
        .write(
            Event.REFUSED,
            Phase.FAILED_AT_STARTUP,
            f -> f.observed().refusal().isPresent(),
            f -> f.recorded().to(Phase.FAILED_AT_STARTUP, f.observed().refusal().orElseThrow()))
        .needsLease(f -> true)
        .needsFinalizer(f -> true)
        .write(Event.START, Phase.STARTING, f -> true, f -> start(f))
        .rows();
  }

  static List<Transition> failedAtStartup() {
    return new Rows(Phase.FAILED_AT_STARTUP)
        .leaseNotNeeded(f -> true)
        .finalizerNotNeeded(f -> true)
        .write(
            Event.STILL_REFUSED,
            Phase.FAILED_AT_STARTUP,
            f ->
                refusal(f).isPresent()
                    && (f.nonceGrew() || !refusal(f).equals(f.recorded().outcome())),
            f ->
                f.recorded()
                    .to(Phase.FAILED_AT_STARTUP, refusal(f).orElseThrow())
                    .consuming(f.desired().retryNonce()))
        .stall(Event.STILL_REFUSED, f -> refusal(f).isPresent(), f -> refusal(f).orElseThrow())
        .write(
            Event.RECOVERED,
            Phase.NOT_STARTED,
            f -> true,
            f -> f.recorded().to(Phase.NOT_STARTED).consuming(f.desired().retryNonce()))
        .rows();
  }

  /** A run begins, with an attempt number and an id of its own. */
  static Recorded start(Facts f) {
    return f.recorded()
        .started(
            Moves.here(
                f,
                Run.starting(
                    f.observed().nextRunId(),
                    f.desired().compiled().asPlan().orElseThrow(),
                    f.now())))
        .consuming(f.desired().retryNonce());
  }

  private static Problem plan(Facts f) {
    return f.observed()
        .plan()
        .map(PlanReport::summary)
        .orElseGet(() -> new Problem(Reason.DryRun, "what a run would do is being looked at"));
  }

  private static boolean mayStart(Facts f) {
    return f.wants(Wish.COMPLETED)
        && f.desired().compiled().asPlan().isPresent()
        && f.observed().obstacle().isEmpty()
        && !f.observed().adopted()
        && f.observed().taken().isEmpty()
        && f.observed().required()
        && f.observed().refusal().isEmpty();
  }

  private static Optional<Problem> refusal(Facts f) {
    return f.desired()
        .compiled()
        .asProblem()
        .or(() -> f.desired().dryRun() ? Optional.empty() : f.observed().refusal());
  }
}
