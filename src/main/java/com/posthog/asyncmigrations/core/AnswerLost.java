package com.posthog.asyncmigrations.core;

/** The connection ended before the server had answered: it may or may not have done the work. */
public final class AnswerLost extends Exception {
  private static final long serialVersionUID = 1;
  private final transient Problem problem;

  /** For this reason. */
  public AnswerLost(Problem problem) {
    super(problem.message());
    this.problem = problem;
  }

  /** The reason. */
  public Problem problem() {
    return problem;
  }
}
