package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.util.Optional;

/** What the servers know of a step, asked by its id. */
public sealed interface Lookup {

  /**
   * It runs.
   *
   * @param fraction how much of it is done, 0 to 1; 0 where nobody can tell
   * @param rows rows that it has read so far
   * @param failing what it fails of again and again: it will not end by itself
   */
  record Running(double fraction, long rows, Optional<Problem> failing) implements Lookup {
    /** Of a step that nothing is wrong with. */
    public Running(double fraction, long rows) {
      this(fraction, rows, Optional.empty());
    }
  }

  /** It has ended well. */
  record Finished(long rows) implements Lookup {}

  /** It has ended badly. */
  record Failed(Problem problem) implements Lookup {}

  /**
   * No server knows it.
   *
   * @param neverRan whether that proves that it never ran: nothing that would show it can have been
   *     lost
   * @param why what was found, for people
   */
  record Absent(boolean neverRan, String why) implements Lookup {}

  /** A server that might know it does not answer. */
  record Unanswered(Problem problem) implements Lookup {}
}
