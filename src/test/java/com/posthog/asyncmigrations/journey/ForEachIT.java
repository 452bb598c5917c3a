package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.Test;

/** Operations whose statements run for each row of a query. */
class ForEachIT extends Operated {
  private static final String COPY =
      """
      - name: copy
        sql:
          database: ClickHouse
          forEach:
            database: %s
            sql: %s
            columns: [low, high]
          settings:
            - {name: max_block_size, value: "1"}
            - {name: function_sleep_max_microseconds_per_block, value: "0"}
          statements:
            - sql: >-
                INSERT INTO t SELECT number FROM numbers({low:UInt64}, {high:UInt64} - {low:UInt64})
                WHERE sleepEachRow(0.1) = 0
            - sql: INSERT INTO done VALUES ({low:UInt64})
        rollback:
          sql:
            database: ClickHouse
            forEach:
              database: ClickHouse
              sql: SELECT n FROM done ORDER BY n DESC
              columns: [n]
            statements:
              - sql: DELETE FROM done WHERE n = {n:UInt64}
      """;

  private static final String TEN_BY_TEN =
      "SELECT number * 10, number * 10 + 10 FROM numbers(%d) ORDER BY number";

  ForEachIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    installation.clickHouse().run("CREATE TABLE t (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.clickHouse().run("CREATE TABLE done (n UInt64) ENGINE MergeTree ORDER BY n");
  }

  @Test
  @OwnOperator
  void eachItemOnceAndInOrderAlsoWhenTheOperatorDiesAndTheListWouldBeAnother() {
    installation.migrate(
        "m",
        Operations.postgres(
                "list", "CREATE TABLE ranges AS SELECT n * 10 AS low FROM generate_series(0, 4) n")
            + COPY.formatted("PostgreSQL", "SELECT low, low + 10 FROM ranges ORDER BY low"));
    until("two items are done", () -> done() >= 2);
    assertThat(copy().items()).isEqualTo(5);
    operator().kill();
    installation
        .postgres()
        .value(
            "WITH gone AS (DELETE FROM ranges WHERE low > 10 RETURNING 1) SELECT count(*) FROM gone");

    startSuccessor();

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.clickHouse().run("SELECT count(), uniqExact(n), max(n) FROM t"))
        .isEqualTo("50\t50\t49");
    assertThat(copy().itemsFinished()).isEqualTo(5);
    assertThat(installation.started("m", "INSERT INTO done")).isEqualTo(5);
  }

  @Test
  void aPauseIsBetweenTwoStatementsAndProgressMoves() {
    installation.migrate("m", COPY.formatted("ClickHouse", TEN_BY_TEN.formatted(4)));
    until("an item is done", () -> done() >= 1);
    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");
    assertThat(installation.status("m").orElseThrow().progress()).isBetween(10, 90);
    assertThat(copy().itemsFinished()).isBetween(1, 3);

    installation.wish("m", "Completed");

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.clickHouse().run("SELECT count() FROM t")).isEqualTo("40");
  }

  @Test
  void aRollbackHasAListOfItsOwn() {
    installation.migrate(
        "m", COPY.formatted("ClickHouse", TEN_BY_TEN.formatted(2)) + Operations.fail());

    awaitPhase("m", "RolledBack");

    assertThat(done()).isZero();
    assertThat(installation.started("m", "DELETE FROM done")).isEqualTo(2);
  }

  @Test
  void nothingToRunForIsDone() {
    installation.migrate("m", COPY.formatted("ClickHouse", "SELECT 1, 2 WHERE 0"));

    awaitPhase("m", "CompletedSuccessfully");

    assertThat(copy().items()).isZero();
  }

  @Test
  void aListOfOtherColumnsIsAnError() {
    installation.migrate("m", COPY.formatted("ClickHouse", "SELECT 1"));

    awaitPhase("m", "RolledBack");

    assertThat(installation.status("m").orElseThrow().errors().get(0).message())
        .contains("found 1 columns", "names 2: [low, high]");
  }

  private long done() {
    return Long.parseLong(installation.clickHouse().run("SELECT count() FROM done"));
  }

  private OperationStatus copy() {
    return installation.status("m").orElseThrow().operations().stream()
        .filter(o -> o.name().equals("copy"))
        .findFirst()
        .orElseThrow();
  }
}
