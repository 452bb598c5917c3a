package com.posthog.asyncmigrations.core.plan;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.util.Optional;

/**
 * A declared parameter with the value of this run.
 *
 * @param value the value that was set, else the default
 */
public record Parameter(String name, Type type, String value) {

  /** What a value is checked against. */
  public enum Type {
    STRING,
    INTEGER,
    BOOLEAN
  }

  /** What is wrong with the value, if anything. */
  public Optional<Problem> check() {
    return switch (type) {
      case STRING -> Optional.empty();
      case INTEGER -> isInteger() ? Optional.empty() : wrong("a whole number of 64 bits");
      case BOOLEAN ->
          value.equals("true") || value.equals("false") ? Optional.empty() : wrong("true or false");
    };
  }

  private boolean isInteger() {
    try {
      Long.parseLong(value);
      return true;
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }

  private Optional<Problem> wrong(String accepted) {
    return Optional.of(
        new Problem(
            Reason.InvalidPlan,
            "spec.parameters: the value '%s' of %s is not %s".formatted(value, name, accepted)));
  }
}
