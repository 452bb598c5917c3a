package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** How long a run may hold a Deployment, for example ingestion at nothing. */
final class Holds {
  private Holds() {}

  /** Why a run that goes forwards, or waits to, has to end: a Deployment was held too long. */
  static Optional<Problem> tooLong(Facts f) {
    return f.run().limitedHolds().stream()
        .filter(hold -> !hold.until().isAfter(f.now()) && !endsNow(f, hold))
        .findFirst()
        .map(
            hold ->
                new Problem(
                    Reason.HoldTooLong,
                    "Deployment %s has been held since %s, longer than the %s that its scaleDeployment.longest allows"
                        .formatted(hold.deployment(), hold.since(), text(hold.longest()))));
  }

  /** An operation that puts it back is what the limit is for: it is not ended, and may begin. */
  private static boolean endsNow(Facts f, Run.LimitedHold hold) {
    boolean begins =
        f.hasIntent()
            || (f.observed().taken().isEmpty()
                && f.observed().holding().isEmpty()
                && !f.wants(Wish.PAUSED));
    return f.recorded().phase() == Phase.RUNNING
        && begins
        && f.run().step().stream()
            .anyMatch(step -> step.equals(Step.ScaleDeployment.restoring(hold.deployment())));
  }

  /** When to look again: not later than the end of the first hold. */
  static Duration recheck(Facts f, Duration otherwise) {
    return f.recorded().run().stream()
        .flatMap(run -> run.limitedHolds().stream())
        .map(Run.LimitedHold::until)
        .filter(f.now()::isBefore)
        .min(Instant::compareTo)
        .map(until -> Duration.between(f.now(), until))
        .filter(left -> left.compareTo(otherwise) < 0)
        .orElse(otherwise);
  }

  /** As specs write it. */
  private static String text(Duration time) {
    return time.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
  }
}
