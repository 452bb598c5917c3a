package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;

/** What the servers know of a step, asked by its id. */
public sealed interface Lookup {

  /**
   * It runs.
   *
   * @param fraction how much of it is done, 0 to 1; 0 where nobody can tell
   * @param rows rows that it has read so far
   */
  record Running(double fraction, long rows) implements Lookup {}

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
