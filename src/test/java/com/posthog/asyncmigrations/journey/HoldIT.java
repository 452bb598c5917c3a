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

/** A table is copied while what writes to it is held, for a limited time. */
class HoldIT extends Operated {
  private static final int FIRST = 1_000_000;

  HoldIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @BeforeEach
  void prepare() {
    installation.apply(Workloads.deployment("plugins", 3));
    run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
    run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number % 90, toString(number) FROM numbers(100000)");
  }

  /** The pod stands for those of the Deployment: what it has sent has ended when it is gone. */
  @Test
  void whatWritesIsHeldUntilTheTablesAreExchanged() {
    installation.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: plugins-0
          labels: {app: plugins}
        spec:
          containers: [{name: app, image: busybox}]
        """);
    try (Inserting before = new Inserting(installation.clickHouse(), "t", 2, FIRST)) {
      until("clients insert", () -> before.rows() > 200);
      installation.migrate("m", operations("v", "20m"));
      until("it is held", () -> plugins() == 0);
      before.stop();
      installation.delete("v1", "Pod", "plugins-0");
      until("it is released", () -> plugins() == 3);
      try (Inserting after = new Inserting(installation.clickHouse(), "t", 2, 2 * FIRST)) {
        until("clients insert", () -> after.rows() > 200);
        awaitPhase("m", "CompletedSuccessfully");
        after.stop();

        assertThat(sortingKey("t")).isEqualTo("v, k");
        assertThat(run("SELECT countIf(k < 1000000), count() - uniqExact(k) FROM t"))
            .isEqualTo("100000\t0");
        assertThat(Long.parseLong(run("SELECT countIf(k >= 1000000) FROM t")))
            .isEqualTo(before.rows() + after.rows());
        assertThat(run("SELECT count() FROM before"))
            .isEqualTo(Long.toString(100_000 + before.rows()));
      }
    }
  }

  @Test
  void aHoldThatTakesTooLongIsReleasedAndTheTablesAreNotExchanged() {
    installation.settings("{\"disableAutoRollback\":true}");
    installation.migrate("m", operations("if(sleepEachRow(0.0001) = 0, v, v)", "4s"));

    awaitPhase("m", "Errored");

    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("HoldTooLong");
    assertThat(installation.condition("m", "Stalled").message())
        .startsWith("Deployment plugins has been held since ")
        .endsWith("longer than the 4s that its scaleDeployment.longest allows");
    assertThat(plugins()).isEqualTo(3);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(copying()).isEqualTo("0");
    assertThat(sortingKey("t")).isEqualTo("k");
    long had = copied();
    assertThat(had).isLessThan(100_000L);

    installation.migrate("m", operations("if(sleepEachRow(0.0001) = 0, v, v)", "20m"));
    installation.retry("m", 1);

    until("it is held again", () -> plugins() == 0);
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(sortingKey("t")).isEqualTo("v, k");
    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100000\t100000");
    assertThat(copied()).isBetween(100_000L, 120_000L); // two chunks at most were under way
    assertThat(plugins()).isEqualTo(3);
  }

  /** Nor does a pause stop the clock. */
  @Test
  @OwnOperator
  void theLimitCountsWhileNoOperatorIsThereAndAPersonHasPausedTheRun() {
    installation.migrate("m", operations("if(sleepEachRow(0.0001) = 0, v, v)", "40s"));
    until("some of it is copied", () -> copied() > 0);
    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");
    assertThat(plugins()).isZero();
    operator().kill();

    startSuccessor();

    awaitPhase("m", "RolledBack");
    assertThat(installation.status("m").orElseThrow().errors().get(0).reason())
        .isEqualTo("HoldTooLong");
    assertThat(plugins()).isEqualTo(3);
    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("EXISTS TABLE n")).isEqualTo("0");
  }

  @Test
  void withoutAHoldThereIsNoPlan() {
    String operations = operations("v", "20m");
    String fill = operations.substring(operations.indexOf("- name: fill"));
    installation.migrate("m", fill.substring(0, fill.indexOf("- name: release")));

    awaitPhase("m", "FailedAtStartup");

    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("InvalidPlan");
    assertThat(installation.condition("m", "Stalled").message())
        .contains("operation fill: live: Pause needs", "replicas: 0, longest: 30m");
  }

  private static String operations(String expression, String longest) {
    return """
        - name: create
          sql:
            database: ClickHouse
            statements:
              - sql: CREATE TABLE n AS t ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)
          rollback: {sql: {database: ClickHouse, statements: [{sql: DROP TABLE IF EXISTS n SYNC}]}}
        - name: hold
          scaleDeployment: {deployment: plugins, replicas: 0, longest: %s}
        - name: fill
          copyTable:
            from: t
            to: n
            live: Pause
            chunkRows: 8192
        %s- name: swap
          exchangeTables: {table: t, with: n, backup: before}
        - name: release
          scaleDeployment: {deployment: plugins, restore: true}
        """
        .formatted(
            longest,
            expression.equals("v")
                ? ""
                : "    columns: [{name: v, expression: \"%s\"}]\n".formatted(expression));
  }

  private int plugins() {
    return installation.workloads().replicas("plugins");
  }

  /** Rows that were written into whatever holds chunks. */
  private long copied() {
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

  private String run(String sql) {
    return installation.clickHouse().run(sql);
  }
}
