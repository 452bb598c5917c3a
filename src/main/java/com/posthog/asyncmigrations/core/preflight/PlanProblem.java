package com.posthog.asyncmigrations.core.preflight;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;

/**
 * Why a run would not get to its end, or would wait.
 *
 * @param operation whose problem it is; empty: that of a start as a whole
 * @param reason the word that the run would give
 * @param message what was found, and what would pass
 */
public record PlanProblem(String operation, Reason reason, String message) {
  /** Why a run would not begin. */
  public static PlanProblem ofStart(Problem problem) {
    return of("", problem);
  }

  /** A problem of an operation. */
  public static PlanProblem of(String operation, Problem problem) {
    return new PlanProblem(operation, problem.reason(), problem.message());
  }

  @Override
  public String toString() {
    String where = operation.isEmpty() ? "" : "operation " + operation + ": ";
    return "%s%s: %s".formatted(where, reason, message);
  }
}
