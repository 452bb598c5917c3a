package com.posthog.asyncmigrations.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;

class PostgresProblemsTest {
  @Test
  void refusesServersBefore12() {
    assertThat(PostgresProblems.unsupported(110_022).orElseThrow().reason())
        .isEqualTo(Reason.ServerUnsupported);
    assertThat(PostgresProblems.unsupported(110_022).orElseThrow().message()).contains("11");
    assertThat(PostgresProblems.unsupported(120_000)).isEmpty();
  }

  @Test
  void takesTheFirstLineOnlyAndCutsIt() {
    String message =
        PostgresProblems.of(new SQLException("x".repeat(600) + "\nmore", "42601")).message();
    assertThat(message).startsWith("xxx").endsWith("… (SQLSTATE 42601)").doesNotContain("more");
    assertThat(message.indexOf('…')).isEqualTo(499);
  }

  @Test
  void callsAnExhaustedPoolUnreachable() {
    assertThat(PostgresProblems.of(new SQLTransientConnectionException("timed out")).reason())
        .isEqualTo(Reason.DatabaseUnreachable);
  }
}
