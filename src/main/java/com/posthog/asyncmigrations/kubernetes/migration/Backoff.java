package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.core.Recent;
import java.time.Duration;
import java.util.Map;

/** How long to wait for what passes by itself: longer each time, up to a minute (contracts, 6). */
final class Backoff {
  private static final Duration FIRST = Duration.ofSeconds(1);
  static final Duration LONGEST = Duration.ofMinutes(1);

  private final Map<String, Duration> last = Recent.map();

  Duration next(String uid) {
    return last.merge(uid, FIRST, (before, first) -> min(before.multipliedBy(2), LONGEST));
  }

  void reset(String uid) {
    last.remove(uid);
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
