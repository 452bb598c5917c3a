package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.Test;

/** What has ended badly is taken up again, in the direction that is wanted (contracts, 5). */
class RetryIT extends Operated {
  /** Fails until there is a table of that name. */
  private static final String NEEDS_TABLE =
      """
      - name: needs-%1$s
        sql:
          database: ClickHouse
          statements:
            - sql: INSERT INTO %1$s VALUES (1)
        rollback: {notNeeded: true}
      """;

  /** Its rollback fails until there is a table of that name. */
  private static final String UNDO_NEEDS_TABLE =
      """
      - name: undo-needs-%1$s
        sql:
          database: ClickHouse
          statements:
            - sql: SELECT 1
        rollback:
          sql:
            database: ClickHouse
            statements:
              - sql: INSERT INTO %1$s VALUES (1)
      """;

  RetryIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void anErrorIsLeftAsItIsWhereTheSettingSaysSoAndResumesAtTheFailedOperation() {
    installation.settings("{\"disableAutoRollback\":true}");
    installation.migrate("m", Operations.create("t") + NEEDS_TABLE.formatted("absent"));
    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("StatementFailed");
    assertThat(installation.status("m").orElseThrow().currentOperation()).isEqualTo("needs-absent");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    createTable("absent");

    installation.retry("m", 1);

    awaitPhase("m", "CompletedSuccessfully");
    AsyncMigrationStatus status = installation.status("m").orElseThrow();
    assertThat(status.attempt()).isEqualTo(1);
    assertThat(status.observedRetryNonce()).isEqualTo(1);
    assertThat(status.operations()).extracting(OperationStatus::tries).containsExactly(1, 2);
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
  }

  @Test
  void anErrorIsRolledBackOnceWhenThatIsWanted() {
    installation.settings("{\"disableAutoRollback\":true}");
    installation.migrate("m", Operations.create("t") + Operations.fail());
    awaitPhase("m", "Errored");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");

    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
  }

  @Test
  void aRollbackThatFailedResumesWhereItFailedWhenTheNonceGrows() {
    installation.migrate(
        "m",
        Operations.create("t")
            + UNDO_NEEDS_TABLE.formatted("absent")
            + Operations.create("u")
            + Operations.fail());
    awaitPhase("m", "Errored");
    AsyncMigrationStatus failed = installation.status("m").orElseThrow();
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("RollbackFailed");
    assertThat(failed.currentOperationIndex()).isEqualTo(1);
    assertThat(failed.operations())
        .extracting(OperationStatus::state)
        .containsExactly("Completed", "Failed", "RolledBack", "RolledBack");
    installation.wish("m", "RolledBack");
    awaitSeen("m");
    assertThat(installation.phase("m")).isEqualTo("Errored"); // once for a nonce
    createTable("absent");

    installation.retry("m", 1);

    awaitPhase("m", "RolledBack");
    assertThat(installation.started("m", "DROP TABLE IF EXISTS u")).isEqualTo(1);
    assertThat(installation.started("m", "DROP TABLE IF EXISTS t")).isEqualTo(1);
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
  }

  @Test
  void aRunWhoseRollbackHadBegunGoesBackwardsFirstAndThenFromTheStart() {
    installation.migrate(
        "m",
        Operations.create("t")
            + UNDO_NEEDS_TABLE.formatted("absent")
            + NEEDS_TABLE.formatted("late"));
    awaitPhase("m", "Errored");
    createTable("absent");
    createTable("late");

    installation.retry("m", 1);

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.eventReasons("m")).contains("RolledBack");
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(2);
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");
  }

  @Test
  void aResumeTakesTheChangedRestOfTheSpec() {
    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 20) + Operations.create("u"));
    pauseDuringTheFill();

    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 20) + Operations.create("v"));

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.clickHouse().run("EXISTS TABLE u")).isEqualTo("0");
    assertThat(installation.clickHouse().run("EXISTS TABLE v")).isEqualTo("1");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
  }

  @Test
  void aResumeWhoseBegunOperationsHaveChangedIsRefusedUntilTheyAreAsTheyWere() {
    String before = Operations.create("t") + Operations.fill("t", 20) + Operations.create("u");
    installation.migrate("m", before);
    pauseDuringTheFill();

    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 21) + Operations.create("u"));
    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("PlanChanged");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);

    installation.migrate("m", before);

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
  }

  @Test
  void aSpecThatMakesNoPlanIsJudgedAgainByTheNonceToo() {
    String unknown = Operations.postgres("one", "INSERT INTO t VALUES ({who:text})");
    installation.migrate("m", unknown);
    awaitPhase("m", "FailedAtStartup");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);

    installation.retry("m", 1);

    until(
        "the nonce is consumed",
        () ->
            Integer.valueOf(1).equals(installation.status("m").orElseThrow().observedRetryNonce()));
    assertThat(installation.phase("m")).isEqualTo("FailedAtStartup");
  }

  private void pauseDuringTheFill() {
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");
  }

  private void createTable(String name) {
    installation.clickHouse().run("CREATE TABLE %s (n UInt64) ENGINE Memory".formatted(name));
  }
}
