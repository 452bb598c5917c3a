package com.posthog.asyncmigrations.kubernetes.migration;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as specs write them: {@code 90s}, {@code 1h30m}, {@code 3d}. */
final class Durations {
  private static final Pattern PART = Pattern.compile("([0-9]{1,6})([smhd])");

  private Durations() {}

  /** The schema has refused everything that is not a sequence of such parts. */
  static Duration parse(String text) {
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long amount = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
              });
    }
    return sum;
  }
}
