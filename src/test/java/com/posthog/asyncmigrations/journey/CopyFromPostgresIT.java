package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.Test;

/** Rows of PostgreSQL are in ClickHouse once, whatever happens on their way. */
class CopyFromPostgresIT extends Operated {
  private static final int ROWS = 6_000;
  private static final String COPY =
      """
      - name: copy
        copyFromPostgres:
          table: t
          key: [id]
          into: t
          maxBatchRows: 100
          pause: 1s
        rollback:
          sql:
            database: ClickHouse
            statements: [{sql: TRUNCATE TABLE t}]
      """;

  CopyFromPostgresIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    installation
        .postgres()
        .asSuperuser(
            "CREATE TABLE t (id int PRIMARY KEY, x text NOT NULL)",
            "INSERT INTO t SELECT n, 'x' || n FROM generate_series(1, %d) n".formatted(ROWS),
            "ALTER TABLE t OWNER TO posthog");
    installation
        .clickHouse()
        .run(
            "CREATE TABLE t (id UInt64, x String) ENGINE MergeTree PARTITION BY id % 2 ORDER BY x");
  }

  @Test
  @OwnOperator
  void pausedKilledStoppedAndGoingOn() {
    installation.migrate("m", COPY);
    until("some rows are there", () -> rows() > 200);

    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");
    int paused = rows();
    assertThat(paused).isLessThan(ROWS).isEqualTo(100 * (paused / 100));

    installation.wish("m", "Completed");
    until("it goes on", () -> rows() > paused + 200);
    operator().kill();
    startSuccessor();
    int killed = rows();
    until("it goes on", () -> rows() > killed + 200);

    installation.wish("m", "Stopped");
    awaitPhase("m", "Errored");
    int stopped = rows();
    assertThat(stopped).isLessThan(ROWS);

    installation.edit("m", "{\"desiredState\":\"Completed\",\"retryNonce\":1}");
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(
            installation
                .clickHouse()
                .run("SELECT count(), uniqExact(id), countIf(x = 'x' || id) FROM t"))
        .isEqualTo("6000\t6000\t6000");
  }

  private int rows() {
    return Integer.parseInt(installation.clickHouse().run("SELECT count() FROM t"));
  }
}
