package com.posthog.asyncmigrations.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProblemTest {

  @Test
  void fitsIntoACondition() {
    assertThat(problem("x".repeat(1_000)).message()).hasSize(1_000).endsWith("x");
    assertThat(problem("x".repeat(1_001)).message()).hasSize(1_000).endsWith("…");
  }

  @Test
  void saysWhereItWasMet() {
    assertThat(problem("away").at("ClickHouse at ch:8123"))
        .isEqualTo(problem("ClickHouse at ch:8123: away"));
    assertThat(problem("away").as(Reason.RollbackFailed))
        .isEqualTo(new Problem(Reason.RollbackFailed, "away"));
  }

  @Test
  void credentialsKeepTheirPassword() {
    assertThat(new Credentials("posthog", "s3cret").toString())
        .contains("posthog")
        .doesNotContain("s3cret");
  }

  private static Problem problem(String message) {
    return new Problem(Reason.DatabaseUnreachable, message);
  }
}
