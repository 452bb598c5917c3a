package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.Problem;

/** A batch cannot be done now; the same may pass later. */
final class Busy extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  Busy(Problem problem) {
    super(problem.message());
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }
}
