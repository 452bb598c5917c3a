package com.posthog.asyncmigrations.core.plan;

import java.util.Optional;
import java.util.OptionalLong;

/** What a value must be: exactly one of the three. */
public record Expectation(Optional<String> equal, OptionalLong atLeast, OptionalLong atMost) {

  /** Whether the value passes; one that is no number passes no bound. */
  public boolean passes(String value) {
    if (equal.isPresent()) {
      return equal.get().equals(value);
    }
    try {
      long number = Long.parseLong(value.strip());
      return number >= atLeast.orElse(Long.MIN_VALUE) && number <= atMost.orElse(Long.MAX_VALUE);
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }

  /** What would pass, for people. */
  public String describe() {
    if (equal.isPresent()) {
      return "'" + equal.get() + "'";
    }
    return atLeast.isPresent()
        ? "at least " + atLeast.getAsLong()
        : "at most " + atMost.orElse(Long.MAX_VALUE);
  }
}
