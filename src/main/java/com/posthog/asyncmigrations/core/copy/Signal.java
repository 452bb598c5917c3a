package com.posthog.asyncmigrations.core.copy;

import com.posthog.asyncmigrations.core.check.Judge;
import java.util.Locale;

/**
 * One sign of how much a server has to do; the higher, the worse.
 *
 * @param name what it is, and of what, for people
 * @param found what was measured
 * @param slowAt from here on the work is slowed
 * @param stopAt from here on the work stops; not below {@code slowAt}
 */
public record Signal(String name, double found, double slowAt, double stopAt, Unit unit) {

  /** What a signal counts. */
  public enum Unit {
    COUNT,
    BYTES,
    SECONDS
  }

  /** Refuses limits that would stop before they slow. */
  public Signal {
    if (!(slowAt <= stopAt)) {
      throw new IllegalArgumentException(
          "%s slows at %s, which is above %s, where it stops".formatted(name, slowAt, stopAt));
    }
  }

  boolean slows() {
    return found >= slowAt;
  }

  boolean stops() {
    return found >= stopAt;
  }

  /** An amount of it, for people. */
  String describe(double amount) {
    return switch (unit) {
      case COUNT -> String.format(Locale.ROOT, "%.0f", amount);
      case BYTES -> Judge.bytes(amount);
      case SECONDS -> String.format(Locale.ROOT, "%.0f s", amount);
    };
  }
}
