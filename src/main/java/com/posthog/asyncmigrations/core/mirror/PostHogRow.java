package com.posthog.asyncmigrations.core.mirror;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.util.Optional;

/**
 * PostHog's row of a migration, as it was found.
 *
 * @param status PostHog's integer; one that only a newer PostHog knows is nobody's run
 * @param ours whether it still says what the operator wrote last
 */
public record PostHogRow(int status, boolean ours) {

  /** Whether PostHog completed the migration itself. */
  public boolean completedByPostHog() {
    return status == PostHogStatus.COMPLETED.number() && !ours;
  }

  /** Whether it is the operator's own Starting, with which no pod of PostHog starts. */
  public boolean holdsUp() {
    return ours && status == PostHogStatus.STARTING.number();
  }

  /** Why the migration must not go on beside PostHog, if it runs it or is about to. */
  public Optional<Problem> taken(String migration) {
    boolean runs =
        status == PostHogStatus.RUNNING.number() || status == PostHogStatus.STARTING.number();
    return runs && !ours
        ? Optional.of(
            new Problem(
                Reason.TakenByPostHog,
                ("PostHog runs %s itself: its row in posthog_asyncmigration has status %d, which the operator did not"
                        + " write; this goes on once that is neither 1 (Running) nor 5 (Starting)")
                    .formatted(migration, status)))
        : Optional.empty();
  }
}
