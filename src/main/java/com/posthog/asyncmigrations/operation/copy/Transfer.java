package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;

/**
 * How the rows of one table get into another one. Begins anywhere: what is recorded is not done
 * again, and what is not is repeatable.
 */
interface Transfer {
  /** All that is there, and what arrives meanwhile as far as that is allowed. */
  void copy() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting;

  /**
   * What is left before the target takes the source's name.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException when the target has not what the
   *     source has
   */
  void catchUp() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting;

  /** What was still on its way to the source when the target took its name. */
  void late() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting;

  /**
   * Sees that nothing else has happened to the source between the last look and that moment.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException when the target lacks it
   */
  void requireNothingElse() throws AnswerLost, CopyControl.Stopped;

  /** What is planned and not in the target is brought there. */
  void settle() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting;
}
