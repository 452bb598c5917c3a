package com.posthog.asyncmigrations.core;

/**
 * Something that is not as it must be, as data.
 *
 * @param reason the word for it
 * @param message one sentence for people: what was found, and what would pass; never a secret; cut
 *     to 1,000 characters
 */
public record Problem(Reason reason, String message) {
  private static final int LONGEST = 1_000;

  /** Cuts what is too long for a condition. */
  public Problem {
    message = Excerpt.of(message, LONGEST);
  }

  /** The problem, and where it was met. */
  public Problem at(String where) {
    return new Problem(reason, where + ": " + message);
  }

  /** The problem with another reason before the same message. */
  public Problem as(Reason other) {
    return new Problem(other, message);
  }
}
