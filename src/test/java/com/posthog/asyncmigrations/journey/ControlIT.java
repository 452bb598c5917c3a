package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What a person wants of a run, and what an error does. */
class ControlIT extends Operated {
  ControlIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void aStopIsOverOnlyWhenTheStatementIsGone() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));
    AtomicBoolean saidTooEarly = new AtomicBoolean();

    installation.wish("m", "Stopped");
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(soon())
        .until(
            () -> {
              boolean says = "Errored".equals(installation.phase("m"));
              if (says && installation.runs("INSERT INTO t")) {
                saidTooEarly.set(true);
              }
              return says;
            });

    assertThat(saidTooEarly).isFalse();
    assertThat(installation.runs("INSERT INTO t")).isFalse();
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("Stopped");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
  }

  @Test
  void aStopDuringAStatementOnPostgres() {
    installation.migrate(
        "m",
        Operations.postgres("create", "CREATE TABLE t (n int)")
            + Operations.postgres("slow", "INSERT INTO t SELECT 1 FROM pg_sleep(600)"));
    await().atMost(soon()).until(() -> installation.runsOnPostgres("pg_sleep"));

    installation.wish("m", "Stopped");

    await().atMost(soon()).until(() -> "Errored".equals(installation.phase("m")));
    assertThat(installation.runsOnPostgres("pg_sleep")).isFalse();
    assertThat(installation.postgres().value("SELECT count(*) FROM t")).isEqualTo("0");
  }

  @Test
  void anErrorInTheMiddleIsRolledBackInReverse() {
    installation.clickHouse().run("CREATE TABLE undone (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.migrate(
        "m",
        Operations.create("t")
            + Operations.slowToUndo("t", 1)
            + Operations.fill("t", 1)
            + Operations.fail()
            + Operations.create("never"));

    await().atMost(soon()).until(() -> "RolledBack".equals(installation.phase("m")));

    AsyncMigrationStatus status = installation.status("m").orElseThrow();
    assertThat(status.operations().stream().map(OperationStatus::state))
        .containsExactly("RolledBack", "RolledBack", "RolledBack", "RolledBack", "Pending");
    assertThat(status.errors()).hasSize(1);
    assertThat(status.errors().get(0).operation()).isEqualTo("fail");
    assertThat(status.errors().get(0).reason()).isEqualTo("StatementFailed");
    assertThat(status.errors().get(0).message()).contains("395", "as the test wants it");
    assertThat(status.progress()).isZero();
    assertThat(installation.condition("m", "Stalled").message()).contains("as the test wants it");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    installation.clickHouse().run("SYSTEM FLUSH LOGS");
    assertThat(
            installation
                .clickHouse()
                .run(
                    """
                    SELECT splitByChar('-', query_id)[4] FROM system.query_log
                    WHERE type = 'QueryFinish' AND startsWith(query_id, '%s-') AND query_id LIKE '%%-r%%'
                    ORDER BY event_time_microseconds
                    """
                        .formatted(installation.queryPrefix("m")))
                .lines())
        .containsExactly("r2", "r1", "r0");
  }

  @Test
  void aVerificationThatFailsEndsTheRunBeforeTheNextOperation() {
    installation.migrate(
        "m", Operations.create("t") + Operations.count("t", 7) + Operations.create("never"));

    await().atMost(soon()).until(() -> "RolledBack".equals(installation.phase("m")));

    AsyncMigrationStatus status = installation.status("m").orElseThrow();
    assertThat(status.errors().get(0).reason()).isEqualTo("VerificationFailed");
    assertThat(status.errors().get(0).message()).contains("0", "'7'");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
    assertThat(installation.started("m", "CREATE TABLE never")).isZero();
  }

  @Test
  void aRollbackThatIsWantedKillsWhatRuns() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    installation.wish("m", "RolledBack");

    await().atMost(soon()).until(() -> "RolledBack".equals(installation.phase("m")));
    assertThat(installation.runs("INSERT INTO t")).isFalse();
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
    assertThat(installation.condition("m", "Ready").status().name()).isEqualTo("True");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void aCompletedMigrationIsRolledBackWhenThatIsWanted() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 1));
    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));

    installation.wish("m", "RolledBack");

    await().atMost(soon()).until(() -> "RolledBack".equals(installation.phase("m")));
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
  }

  @Test
  void whatCannotBeUndoneIsNotRolledBack() {
    installation.migrate(
        "m",
        """
        - name: for-good
          sql:
            database: ClickHouse
            statements: [{sql: CREATE TABLE t (n UInt64) ENGINE Memory}]
          rollback: {irreversible: true}
        """);
    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));

    installation.wish("m", "RolledBack");

    await()
        .atMost(soon())
        .until(() -> "Irreversible".equals(installation.condition("m", "Stalled").reason()));
    assertThat(installation.phase("m")).isEqualTo("CompletedSuccessfully");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");
  }

  @Test
  void aStatementThatTakesTooLongIsEnded() {
    installation.migrate(
        "m",
        Operations.create("t")
            + Operations.fill("t", 3000).replaceFirst("  sql:\n", "  timeout: 3s\n  sql:\n"));

    await().atMost(soon()).until(() -> "RolledBack".equals(installation.phase("m")));
    assertThat(installation.status("m").orElseThrow().errors().get(0).reason())
        .isEqualTo("StatementTimedOut");
    assertThat(installation.runs("INSERT INTO t")).isFalse();
  }

  @Test
  void aSpecThatMakesNoPlanIsNamedAndStartsWhenItIsMended() {
    installation.migrate("m", Operations.postgres("one", "INSERT INTO t VALUES ({who:text})"));

    await().atMost(soon()).until(() -> "FailedAtStartup".equals(installation.phase("m")));
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("InvalidPlan");
    assertThat(installation.condition("m", "Stalled").message())
        .contains("{who}", "spec.parameters");

    installation.migrate("m", Operations.postgres("one", "CREATE TABLE t (n int)"));
    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
  }

  @Test
  void anEditDuringARunDoesNotChangeTheRun() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 250));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    installation.migrate("m", Operations.create("t") + Operations.create("other"));

    await()
        .atMost(soon())
        .until(
            () ->
                installation
                    .condition("m", "Reconciling")
                    .message()
                    .contains("the spec was changed meanwhile"));
    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.clickHouse().run("EXISTS TABLE other")).isEqualTo("0");
    assertThat(installation.clickHouse().run("SELECT count() FROM t")).isEqualTo("250");
  }

  private static Duration soon() {
    return Duration.ofMinutes(3);
  }
}
