package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.Inserting;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A table gets another sorting key while clients insert into it. */
class CopyIT extends Operated {
  private static final int FIRST = 1_000_000;

  CopyIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @BeforeEach
  void prepare() {
    run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
    run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number % 90, toString(number) FROM numbers(100000)");
  }

  @Test
  void everyRowIsThereOnceAndTheWayBackLosesNothing() {
    try (Inserting inserting = new Inserting(installation.clickHouse(), "t", 2, FIRST)) {
      installation.migrate("m", operations("v"));
      awaitPhase("m", "CompletedSuccessfully");
      assertThat(sortingKey("t")).isEqualTo("v, k");
      assertThat(sortingKey("before")).isEqualTo("k");
      long had = inserting.rows();
      until("clients go on", () -> inserting.rows() > had + 200);

      installation.wish("m", "RolledBack");

      awaitPhase("m", "RolledBack");
      inserting.stop();
      assertThat(sortingKey("t")).isEqualTo("k");
      assertThat(run("SELECT countIf(k < 1000000), count() - uniqExact(k) FROM t"))
          .isEqualTo("100000\t0");
      assertThat(Long.parseLong(run("SELECT countIf(k >= 1000000) FROM t")))
          .isBetween(inserting.rows(), inserting.atMost());
      assertThat(run("EXISTS TABLE n")).isEqualTo("0");
      nothingIsLeft();
    }
  }

  @Test
  @OwnOperator
  void anOperatorThatIsKilledIsSucceededAndCopiesNothingTwice() {
    installation.migrate("m", operations("if(sleepEachRow(0.00005) = 0, v, v)"));
    until("some of it is copied", () -> inserted() >= 30_000);

    operator().kill();
    startSuccessor();

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100000\t100000");
    assertThat(inserted()).isBetween(100_000L, 130_000L);
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(1);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    nothingIsLeft();
  }

  @Test
  void aPauseEndsAfterTheChunkAndItGoesOn() {
    installation.migrate("m", operations("if(sleepEachRow(0.00005) = 0, v, v)"));
    until("some of it is copied", () -> inserted() >= 10_000);

    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");
    long had = inserted();
    assertThat(had).isLessThan(100_000);
    assertThat(copying()).isEqualTo("0");
    until("the worker is as before", () -> installation.replicas() == Installation.REPLICAS);
    assertThat(inserted()).isEqualTo(had);

    installation.wish("m", "Completed");
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(inserted()).isEqualTo(100_000);
    assertThat(sortingKey("t")).isEqualTo("v, k");
  }

  @Test
  void aStopIsProvenAndItsRollbackLeavesTheTableAsItWas() {
    installation.migrate("m", operations("if(sleepEachRow(0.00005) = 0, v, v)"));
    until("some of it is copied", () -> inserted() >= 10_000);

    installation.wish("m", "Stopped");
    awaitPhase("m", "Errored");
    assertThat(copying()).isEqualTo("0");
    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(run("SELECT count() FROM t")).isEqualTo("100000");
    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("EXISTS TABLE n")).isEqualTo("0");
    nothingIsLeft();
  }

  /** The way back is open as long as the old data is there. */
  @Test
  void withoutTheBackupARollbackIsRefusedAndTouchesNothing() {
    installation.migrate("m", operations("v"));
    awaitPhase("m", "CompletedSuccessfully");
    run("DROP TABLE before SYNC");

    installation.wish("m", "RolledBack");

    until(
        "it is refused",
        () -> "ReverseWindowClosed".equals(installation.condition("m", "Stalled").reason()));
    assertThat(installation.phase("m")).isEqualTo("CompletedSuccessfully");
    assertThat(sortingKey("t")).isEqualTo("v, k");
    assertThat(run("SELECT count() FROM t")).isEqualTo("100000");
  }

  @Test
  void anExchangeWithoutItsCopyIsNoPlan() {
    installation.migrate(
        "m", "- name: swap\n  exchangeTables: {table: t, with: n, backup: before}\n");

    awaitPhase("m", "FailedAtStartup");

    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("InvalidPlan");
    assertThat(installation.condition("m", "Stalled").message())
        .contains("operation swap", "needs a copyTable from t to n before it");
  }

  private static String operations(String expression) {
    return """
        - name: create
          sql:
            database: ClickHouse
            statements:
              - sql: CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)
          rollback:
            sql:
              database: ClickHouse
              statements:
                - sql: DROP TABLE IF EXISTS n SYNC
        - name: fill
          copyTable:
            from: t
            to: n
            chunkRows: 8192
        %s- name: swap
          exchangeTables: {table: t, with: n, backup: before}
        """
        .formatted(
            expression.equals("v")
                ? ""
                : "    columns: [{name: v, expression: \"%s\"}]\n".formatted(expression));
  }

  /** Rows that were written into whatever holds chunks. */
  private long inserted() {
    run("SYSTEM FLUSH LOGS");
    return Long.parseLong(
        run(
            "SELECT sum(written_rows) FROM system.query_log WHERE type = 'QueryFinish' AND query_kind = 'Insert'"
                + " AND match(query, '__am_') AND current_database = currentDatabase()"));
  }

  private String copying() {
    return run(
        "SELECT count() FROM system.processes WHERE match(query, '__am_') AND query_kind = 'Insert'"
            + " AND current_database = currentDatabase()");
  }

  private String sortingKey(String table) {
    return run(
        "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = '%s'"
            .formatted(table));
  }

  private void nothingIsLeft() {
    assertThat(
            run(
                "SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '__(am|swap)_')"))
        .isEmpty();
  }

  private String run(String sql) {
    return installation.clickHouse().run(sql);
  }
}
