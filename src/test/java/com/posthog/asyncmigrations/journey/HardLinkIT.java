package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A table gets another engine without a byte of it being copied. */
class HardLinkIT extends Operated {
  private static final String OPERATIONS =
      """
      - name: create
        sql:
          database: ClickHouse
          statements:
            - sql: CREATE TABLE n AS t ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(d) ORDER BY k
        rollback: {sql: {database: ClickHouse, statements: [{sql: DROP TABLE IF EXISTS n SYNC}]}}
      - name: link
        copyTable: {from: t, to: n, mode: HardLink, live: None}
      - name: swap
        exchangeTables: {table: t, with: n, backup: before}
      """;

  HardLinkIT(
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
  void itIsExchangedAndTakenBack() {
    installation.migrate("m", OPERATIONS);

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(engine("t")).isEqualTo("ReplacingMergeTree");
    assertThat(engine("before")).isEqualTo("MergeTree");
    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100000\t100000");
    assertThat(written()).isEqualTo("0");

    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(engine("t")).isEqualTo("MergeTree");
    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100000\t100000");
    assertThat(run("EXISTS TABLE n")).isEqualTo("0");
  }

  @Test
  void tablesOfAnotherStructureAreRefused() {
    installation.migrate("m", OPERATIONS.replace("ORDER BY k", "ORDER BY (v, k)"));

    awaitPhase("m", "RolledBack");

    assertThat(installation.status("m").orElseThrow().errors().get(0).reason())
        .isEqualTo("InvalidPlan");
    assertThat(installation.status("m").orElseThrow().errors().get(0).message())
        .contains("the sorting key of", "'k' and 'v, k'");
    assertThat(engine("t")).isEqualTo("MergeTree");
  }

  /** How many INSERTs the operator has made. */
  private String written() {
    run("SYSTEM FLUSH LOGS");
    return run(
        "SELECT count() FROM system.query_log WHERE type = 'QueryFinish' AND query_kind = 'Insert'"
            + " AND startsWith(query_id, '0100_m') AND current_database = currentDatabase()");
  }

  private String engine(String table) {
    return run(
        "SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = '%s'"
            .formatted(table));
  }

  private String run(String sql) {
    return installation.clickHouse().run(sql);
  }
}
