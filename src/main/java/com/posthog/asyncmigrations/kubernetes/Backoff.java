package com.posthog.asyncmigrations.kubernetes;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.Recent;
import java.time.Duration;
import java.util.Map;

/**
 * How long to wait for what passes by itself: longer each time, up to a minute (contracts, 6), and
 * from the beginning where something else is waited for.
 */
public final class Backoff {
  /** No wait is longer. */
  public static final Duration LONGEST = Duration.ofMinutes(1);

  private final Duration first;
  private final Map<String, Wait> last = Recent.map();

  /** Which begins with this wait. */
  public Backoff(Duration first) {
    this.first = first;
  }

  private record Wait(Reason why, Duration time) {
    Wait longer() {
      Duration twice = time.multipliedBy(2);
      return new Wait(why, twice.compareTo(LONGEST) < 0 ? twice : LONGEST);
    }
  }

  /** How long the resource with this uid waits, which has not seen the end of this reason. */
  public Duration next(String uid, Reason why) {
    return last.merge(
            uid,
            new Wait(why, first),
            (before, anew) -> before.why() == why ? before.longer() : anew)
        .time();
  }

  /** What it waited for is over. */
  public void reset(String uid) {
    last.remove(uid);
  }
}
