package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * ClickHouse dies under a statement, and its query log with it: nobody can tell whether the
 * statement ran, and what then happens is what its author said.
 */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class OnUnknownIT {
  private static final Credentials USER = new Credentials("posthog", "s3cret-of-a-mortal-server");

  private final Reaper reaper = new Reaper();
  private final ClickHouseProcess clickHouse =
      ClickHouseProcess.start(SharedClickHouse.engine(), ServerOptions.single(USER), reaper);
  private final Installation installation;
  private final OperatorProcess operator;

  OnUnknownIT(ApiServerProcess server, SharedPostgres.Fresh postgres) {
    installation =
        new Installation(server, new TestDatabase(clickHouse, USER, "default"), postgres);
    operator = installation.startOperator();
  }

  @AfterEach
  void stop() {
    operator.close();
    installation.close();
    clickHouse.close();
    reaper.close();
  }

  @Test
  void failsWhereNothingElseIsSaid() {
    installation.migrate("m", Operations.create("t") + fill(""));
    loseTheOutcome();

    await().atMost(soon()).until(() -> "RolledBack".equals(installation.phase("m")));

    assertThat(status().errors()).hasSize(1);
    assertThat(status().errors().get(0).operation()).isEqualTo("fill");
    assertThat(status().errors().get(0).reason()).isEqualTo("OutcomeUnknown");
    assertThat(status().errors().get(0).message()).contains("has restarted since");
    assertThat(installation.started("m", "INSERT INTO t")).isZero();
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void repeatsTheStatementAlone() {
    installation.migrate("m", Operations.create("t") + fill("onUnknown: Repeat"));
    String lost = loseTheOutcome();

    completes();
    assertThat(finished("%numbers(1000, 40)%"))
        .isNotEmpty()
        .isNotEqualTo(lost)
        .doesNotContain("\n");
    assertThat(finished("INSERT INTO t VALUES%")).isEmpty();
    assertThat(finished("TRUNCATE%")).isEmpty();
    assertThat(installation.clickHouse().run("SELECT uniqExact(n) FROM t")).isEqualTo("42");
  }

  @Test
  void leavesTheRepetitionToAPersonWhereTheSettingSaysSo() {
    installation.settings("{\"autoContinue\":false,\"disableAutoRollback\":true}");
    installation.migrate("m", Operations.create("t") + fill("onUnknown: Repeat"));
    loseTheOutcome();
    await().atMost(soon()).until(() -> "Errored".equals(installation.phase("m")));
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("AutoContinueOff");

    installation.retry("m", 1);

    completes();
    assertThat(installation.clickHouse().run("SELECT uniqExact(n) FROM t")).isEqualTo("42");
  }

  @Test
  void rollsTheOperationBackAndThenRepeatsAllOfIt() {
    installation.migrate("m", Operations.create("t") + fill("onUnknown: RollBackThenRepeat"));
    String lost = loseTheOutcome();
    assertThat(installation.clickHouse().run("SELECT count() FROM t WHERE n < 1000"))
        .isEqualTo("2");

    completes();
    assertThat(finished("TRUNCATE%")).isNotEmpty().doesNotContain("\n");
    assertThat(finished("INSERT INTO t VALUES%")).isNotEmpty().doesNotContain("\n");
    assertThat(finished("%numbers(1000, 40)%"))
        .isNotEmpty()
        .isNotEqualTo(lost)
        .doesNotContain("\n");
    assertThat(installation.clickHouse().run("SELECT count(), uniqExact(n) FROM t"))
        .isEqualTo("42\t42");
  }

  /** Two rows at once and forty slowly; said of the slow statement is what to do about its loss. */
  private static String fill(String onUnknown) {
    return """
        - name: fill
          sql:
            database: ClickHouse
            settings:
              - {name: max_block_size, value: "1"}
              - {name: function_sleep_max_microseconds_per_block, value: "0"}
            statements:
              - sql: INSERT INTO t VALUES (1), (2)
              - sql: INSERT INTO t SELECT number FROM numbers(1000, 40) WHERE sleepEachRow(0.2) = 0
                %s
          rollback:
            sql:
              database: ClickHouse
              statements:
                - sql: TRUNCATE TABLE IF EXISTS t
        """
        .formatted(onUnknown);
  }

  /** Kills the server while the statement runs, starts it again, and tells the statement's id. */
  private String loseTheOutcome() {
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t SELECT"));
    String id = status().intent().queryId();
    clickHouse.kill();
    clickHouse.restart();
    return id;
  }

  private void completes() {
    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  /** The ids of the run's statements like this that have finished since the restart. */
  private String finished(String like) {
    installation.clickHouse().run("SYSTEM FLUSH LOGS");
    return installation
        .clickHouse()
        .run(
            """
            SELECT query_id FROM system.query_log
            WHERE type = 'QueryFinish' AND startsWith(query_id, '%s-') AND query LIKE '%s'
            """
                .formatted(installation.queryPrefix("m"), like));
  }

  private AsyncMigrationStatus status() {
    return installation.status("m").orElseThrow();
  }

  /** A restart, the time that a request may be on its way, and a slow machine. */
  private static Duration soon() {
    return Duration.ofMinutes(3);
  }
}
