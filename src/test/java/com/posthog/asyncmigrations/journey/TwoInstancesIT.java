package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two PostHog installations, each with databases of its own: one operator migrates both at once.
 */
class TwoInstancesIT extends Operated {
  private final SharedPostgres.Fresh otherPostgres;
  private final TestDatabase other;

  TwoInstancesIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    otherPostgres = postgres.another();
    otherPostgres.open();
    TestDatabase one = installation.clickHouse();
    other = new TestDatabase(one.server(), one.user(), one.name() + "_other");
    one.run("CREATE DATABASE " + other.name());
    installation.apply(
        Connections.instance(
                one.server().httpPort(),
                other.name(),
                otherPostgres.server().port(),
                otherPostgres.name())
            .replace("name: posthog\n", "name: other\n")
            .replace("deployment: posthog-worker", "deployment: other-worker"));
    installation.apply(Workloads.deployment("other-worker", Installation.REPLICAS));
  }

  @AfterEach
  void dropOther() {
    otherPostgres.close();
    installation.clickHouse().run("DROP DATABASE " + other.name());
  }

  @Test
  void theirStatementsRunAtTheSameTime() {
    for (TestDatabase database : List.of(installation.clickHouse(), other)) {
      database.run(
          "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
      database.run(
          "INSERT INTO t SELECT number, toDate('2024-01-01') + number % 90, toString(number) FROM numbers(100000)");
    }

    migrate("first", "posthog");
    migrate("second", "other");
    awaitPhase("first", "CompletedSuccessfully");
    awaitPhase("second", "CompletedSuccessfully");

    for (TestDatabase database : List.of(installation.clickHouse(), other)) {
      assertThat(database.run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100000\t100000");
      assertThat(
              database.run(
                  "SELECT name, sorting_key FROM system.tables WHERE database = currentDatabase() ORDER BY name"))
          .isEqualTo("before\tk\nt\tv, k");
    }
    assertThat(pairsAtTheSameTime()).isPositive();
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(installation.workloads().replicas("other-worker")).isEqualTo(Installation.REPLICAS);
  }

  private void migrate(String name, String instance) {
    installation.apply(
        """
        apiVersion: migrations.posthog.com/v1alpha1
        kind: AsyncMigration
        metadata:
          name: %1$s
        spec:
          instanceRef: {name: %2$s}
          migration: 0100_%1$s
          desiredState: Completed
          operations:
            - name: create
              sql:
                database: ClickHouse
                statements:
                  - sql: CREATE TABLE n AS t ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)
              rollback: {sql: {database: ClickHouse, statements: [{sql: DROP TABLE IF EXISTS n SYNC}]}}
            - name: fill
              copyTable:
                from: t
                to: n
                chunkRows: 8192
                columns: [{name: v, expression: "if(sleepEachRow(0.0001) = 0, v, v)"}]
            - name: swap
              exchangeTables: {table: t, with: n, backup: before}
        """
            .formatted(name, instance));
  }

  /** INSERTs of chunks, one of each instance, that ran at the same moment. */
  private long pairsAtTheSameTime() {
    installation.clickHouse().run("SYSTEM FLUSH LOGS");
    String chunks =
        """
        (SELECT query_start_time_microseconds AS began, event_time_microseconds AS ended FROM system.query_log
         WHERE type = 'QueryFinish' AND query_kind = 'Insert' AND match(query, '__am_') AND current_database = '%s')
        """;
    return Long.parseLong(
        other.run(
            "SELECT count() FROM %s AS one CROSS JOIN %s AS other WHERE one.began < other.ended AND other.began < one.ended"
                .formatted(
                    chunks.formatted(installation.clickHouse().name()),
                    chunks.formatted(other.name()))));
  }
}
