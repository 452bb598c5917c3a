package com.posthog.asyncmigrations.core;

/**
 * A problem that ends what was being done, thrown by what speaks to a server. It has no cause, so
 * that no message of a driver, which may quote a password, is ever printed along.
 */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  /** Of this problem. */
  public ProblemException(Problem problem) {
    super(problem.reason() + ": " + problem.message());
    this.problem = problem;
  }

  /** What is wrong. */
  public Problem problem() {
    return problem;
  }
}
