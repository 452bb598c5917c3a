package com.posthog.asyncmigrations.core.preflight;

import java.time.Duration;

/** Lengths of time as an estimate has them: in two units at most. */
public final class Spans {
  private Spans() {}

  /** For people: {@code 3d4h}, {@code 2h10m}, {@code 45s}; what is less than a second is one. */
  public static String words(Duration time) {
    long seconds = Math.max(1, time.toSeconds());
    if (seconds < Duration.ofMinutes(1).toSeconds()) {
      return seconds + "s";
    }
    Duration rounded = Duration.ofSeconds(seconds);
    if (rounded.toHours() == 0) {
      return pair(rounded.toMinutes(), "m", rounded.toSecondsPart(), "s");
    }
    return rounded.toDays() == 0
        ? pair(rounded.toHours(), "h", rounded.toMinutesPart(), "m")
        : pair(rounded.toDays(), "d", rounded.toHoursPart(), "h");
  }

  private static String pair(long first, String unit, int second, String secondUnit) {
    return first + unit + (second == 0 ? "" : second + secondUnit);
  }
}
