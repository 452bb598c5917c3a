package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Decision;
import com.posthog.asyncmigrations.core.decide.Effect;
import com.posthog.asyncmigrations.core.decide.Event;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.kubernetes.Backoff;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * When the next pass is due.
 *
 * @param after absent for what passes by itself, at growing distances
 * @param why what is waited for
 */
record Due(Optional<Duration> after, Reason why) {
  /** What was asked of a server takes a moment to be seen; the end of a step wakes us before. */
  private static final Duration AFTER_ACT = Duration.ofMillis(250);

  /** Each asks every server. */
  private static final Duration AFTER_END_ASKED = Duration.ofSeconds(1);

  private static final Set<Event> PASSES_BY_ITSELF =
      EnumSet.of(Event.OBSTACLE, Event.LEASE_TAKEN, Event.TAKEN);

  /**
   * After a choice.
   *
   * @param mirrored whether PostHog's own row says what it should; if not, it is tried again soon
   */
  static Due of(Choice choice, boolean mirrored) {
    Due due = of(choice);
    return mirrored
        ? due
        : new Due(due.after().filter(wait -> wait.compareTo(Backoff.LONGEST) < 0), due.why());
  }

  private static Due of(Choice choice) {
    boolean watchesHealth =
        choice.arrow().from().active() && !choice.desired().checks().healthchecks().isEmpty();
    return choice
        .decision()
        .fold(
            new Decision.Cases<>() {
              @Override
              public Due hold(Decision.Hold hold) {
                Duration recheck =
                    watchesHealth ? shorter(hold.recheck(), Checkup.HEALTH) : hold.recheck();
                return new Due(
                    PASSES_BY_ITSELF.contains(choice.arrow().event())
                        ? Optional.empty()
                        : Optional.of(recheck),
                    hold.why().reason());
              }

              @Override
              public Due write(Decision.Write write) {
                return new Due(Optional.of(Duration.ZERO), Reason.Running);
              }

              @Override
              public Due perform(Decision.Perform perform) {
                return new Due(Optional.of(after(perform.effect())), Reason.Running);
              }
            });
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration after(Effect effect) {
    if (effect instanceof Effect.TakeLease || effect instanceof Effect.GiveLeaseBack) {
      return Duration.ZERO;
    }
    return effect instanceof Effect.Kill || effect instanceof Effect.Rest
        ? AFTER_END_ASKED
        : AFTER_ACT;
  }
}
