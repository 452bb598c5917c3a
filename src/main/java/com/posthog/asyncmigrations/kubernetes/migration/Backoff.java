package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.Recent;
import java.time.Duration;
import java.util.Map;

/**
 * How long to wait for what passes by itself: longer each time, up to a minute (contracts, 6), and
 * from the beginning where something else is waited for.
 */
final class Backoff {
  private static final Duration FIRST = Duration.ofSeconds(1);
  static final Duration LONGEST = Duration.ofMinutes(1);

  private final Map<String, Wait> last = Recent.map();

  private record Wait(Reason why, Duration time) {
    Wait longer() {
      Duration twice = time.multipliedBy(2);
      return new Wait(why, twice.compareTo(LONGEST) < 0 ? twice : LONGEST);
    }
  }

  Duration next(String uid, Reason why) {
    return last.merge(
            uid,
            new Wait(why, FIRST),
            (before, first) -> before.why() == why ? before.longer() : first)
        .time();
  }

  void reset(String uid) {
    last.remove(uid);
  }
}
