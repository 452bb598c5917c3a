package com.posthog.asyncmigrations.core;

import java.util.Optional;

/**
 * Something that is not as it must be, as data.
 *
 * @param reason the word for it
 * @param message one sentence for people: what was found, and what would pass; never a secret; cut
 *     to 1,000 characters
 * @param code which a database gave for it
 */
public record Problem(Reason reason, String message, Optional<Integer> code) {
  private static final int LONGEST = 1_000;

  /** Cuts what is too long for a condition. */
  public Problem {
    message = Excerpt.of(message, LONGEST);
  }

  /** One that no database gave a code for. */
  public Problem(Reason reason, String message) {
    this(reason, message, Optional.empty());
  }

  /** The problem, and where it was met. */
  public Problem at(String where) {
    return new Problem(reason, where + ": " + message, code);
  }

  /** The problem with another reason before the same message. */
  public Problem as(Reason other) {
    return new Problem(other, message, code);
  }
}
