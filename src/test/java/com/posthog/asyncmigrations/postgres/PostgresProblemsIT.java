package com.posthog.asyncmigrations.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

@ExtendWith(SharedPostgres.class)
@Isolated("it would capture what others log")
class PostgresProblemsIT {
  private static final String WRONG = "wr0ng-Okapi-42";
  private SharedPostgres.Fresh fresh;

  @BeforeEach
  void open(SharedPostgres.Fresh given) {
    fresh = given;
  }

  @Test
  void wrongPasswordIsRejectedAndAppearsNowhere() {
    try (LogCapture log = new LogCapture()) {
      Problem problem = problem(fresh.server().host(), fresh.server().port(), fresh.name(), WRONG);
      assertThat(problem.reason()).isEqualTo(Reason.CredentialsRejected);
      assertThat(problem.message()).contains("posthog").doesNotContain(WRONG);
      assertThat(log.text()).contains("com.zaxxer.hikari").doesNotContain(WRONG);
    }
  }

  /** Whoever waits for it to be corrected is not kept from seeing that it was. */
  @Test
  void wrongPasswordIsRejectedAtOnce() {
    try (PostgresDatabase wrong =
        database(fresh.server().host(), fresh.server().port(), fresh.name(), WRONG)) {
      Instant from = Instant.now();
      for (int i = 0; i < 5; i++) {
        assertThat(catchThrowableOfType(ProblemException.class, wrong::probe).problem())
            .extracting(Problem::reason)
            .isEqualTo(Reason.CredentialsRejected);
      }
      assertThat(Duration.between(from, Instant.now())).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void rightPasswordAppearsNowhere() {
    try (LogCapture log = new LogCapture()) {
      PostgresDatabase database = fresh.open();
      assertThat(fresh.value("SELECT 1")).isEqualTo("1");
      assertThat(failing(database, "SELECT 1/0").message()).doesNotContain(SharedPostgres.PASSWORD);
      assertThat(database.toString()).doesNotContain(SharedPostgres.PASSWORD);
      assertThat(log.text()).contains("com.zaxxer.hikari").doesNotContain(SharedPostgres.PASSWORD);
    }
  }

  @Test
  void missingDatabase() {
    Problem problem =
        problem(fresh.server().host(), fresh.server().port(), "nowhere", SharedPostgres.PASSWORD);
    assertThat(problem.reason()).isEqualTo(Reason.DatabaseMissing);
    assertThat(problem.message()).contains("nowhere");
  }

  @Test
  void refusedPort() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Problem problem = problem("127.0.0.1", port, "any", SharedPostgres.PASSWORD);
    assertThat(problem.reason()).isEqualTo(Reason.DatabaseUnreachable);
    assertThat(problem.message()).contains("refused");
  }

  @Test
  void unknownHost() {
    Problem problem = problem("no-such-host.invalid", 5432, "any", SharedPostgres.PASSWORD);
    assertThat(problem.reason()).isEqualTo(Reason.DatabaseUnreachable);
    assertThat(problem.message()).contains("no-such-host.invalid");
  }

  @Test
  void whatTheRoleMayNot() {
    fresh.asSuperuser("CREATE TABLE private AS SELECT 1 AS x");
    Problem problem = failing(fresh.open(), "SELECT * FROM private");
    assertThat(problem.reason()).isEqualTo(Reason.DatabaseRefused);
    assertThat(problem.message()).endsWith(": permission denied for table private");
  }

  @Test
  void whatWasCancelled() {
    assertThat(failing(fresh.open(), "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)"))
        .extracting(Problem::reason)
        .isEqualTo(Reason.StatementKilled);
  }

  @Test
  void whatWasTerminated() {
    assertThat(failing(fresh.open(), "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"))
        .extracting(Problem::reason)
        .isEqualTo(Reason.StatementKilled);
  }

  @Test
  void anyOtherErrorWithItsStateButNotItsRows() {
    PostgresDatabase database = fresh.open();
    Problem problem =
        failing(
            database,
            "CREATE TABLE t (x text PRIMARY KEY); INSERT INTO t VALUES ('alice'), ('alice')");
    assertThat(problem.reason()).isEqualTo(Reason.StatementFailed);
    assertThat(problem.message())
        .endsWith(": duplicate key value violates unique constraint \"t_pkey\" (SQLSTATE 23505)");
  }

  private static Problem failing(PostgresDatabase database, String sql) {
    return catchThrowableOfType(
            ProblemException.class, () -> database.ask(c -> c.createStatement().execute(sql)))
        .problem();
  }

  private static Problem problem(String host, int port, String name, String password) {
    try (PostgresDatabase database = database(host, port, name, password)) {
      return failing(database, "SELECT 1");
    }
  }

  private static PostgresDatabase database(String host, int port, String name, String password) {
    return new PostgresDatabase(
        host, port, name, "prefer", new Credentials(PostgresProcess.USER, password));
  }
}
