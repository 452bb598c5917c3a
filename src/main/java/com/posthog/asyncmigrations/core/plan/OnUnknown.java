package com.posthog.asyncmigrations.core.plan;

/** What may be done with a step when nobody can tell whether it ran. */
public enum OnUnknown {
  /** End the run as an error. */
  FAIL,
  /** Run the step again: it does no harm twice. */
  REPEAT,
  /** Undo the operation, then run all of it again. */
  ROLL_BACK_THEN_REPEAT
}
