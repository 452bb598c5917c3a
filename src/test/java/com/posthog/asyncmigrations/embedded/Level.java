package com.posthog.asyncmigrations.embedded;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.opentest4j.TestAbortedException;

/**
 * What tests can need beside this JVM. Where a machine does not have it, they are skipped, and the
 * run says so in the end; where {@code CI=true}, they fail.
 */
public enum Level {
  /** A real API server. */
  API_SERVER("real API server"),
  /** A real ClickHouse. */
  CLICKHOUSE("real ClickHouse"),
  /** A real PostgreSQL. */
  POSTGRESQL("real PostgreSQL"),
  /** A cluster that runs pods. */
  PODS("pods");

  private final String title;

  Level(String title) {
    this.title = title;
  }

  /** As people read it. */
  public String title() {
    return title;
  }

  /**
   * Whether tests of this level run.
   *
   * @param lacking what this machine lacks for them, if anything
   */
  public ConditionEvaluationResult condition(Optional<String> lacking) {
    return condition(lacking, mustNotSkip());
  }

  ConditionEvaluationResult condition(Optional<String> lacking, boolean mustNotSkip) {
    if (lacking.isEmpty()) {
      return ConditionEvaluationResult.enabled(title + " is there");
    }
    return mustNotSkip
        ? ConditionEvaluationResult.enabled("nothing is skipped where CI=true")
        : ConditionEvaluationResult.disabled(prefix() + lacking.get());
  }

  /** What a test throws that finds out too late: it is skipped, or fails where nothing is. */
  public RuntimeException without(Exception lacking) {
    return mustNotSkip()
        ? new IllegalStateException(lacking.getMessage(), lacking)
        : new TestAbortedException(prefix() + lacking.getMessage());
  }

  /** Whether a test that cannot run has to fail. */
  public static boolean mustNotSkip() {
    return "true".equals(System.getenv("CI"));
  }

  /** The level that was skipped for this reason, if it is one of ours. */
  static Optional<Level> skippedFor(String reason) {
    return Arrays.stream(values()).filter(level -> reason.startsWith(level.prefix())).findFirst();
  }

  private String prefix() {
    return title + ": ";
  }
}
