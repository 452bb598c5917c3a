package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.Test;

/** A table is gone through in batches, and every row is met once, whatever happens meanwhile. */
class BatchUpdateIT extends Operated {
  private static final int ROWS = 2_000;

  BatchUpdateIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    installation
        .postgres()
        .asSuperuser(
            "CREATE TABLE t (id int PRIMARY KEY, x int NOT NULL)",
            "INSERT INTO t SELECT n, 0 FROM generate_series(1, %d) n".formatted(ROWS),
            "ALTER TABLE t OWNER TO posthog");
  }

  @Test
  @OwnOperator
  void pausedWithANewPaceAndKilled() {
    installation.migrate("m", inBatchesOf(10));
    until(
        "its progress is seen",
        () -> installation.status("m").map(AsyncMigrationStatus::progress).orElse(0) > 0);

    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");
    until("workers are restored", () -> installation.replicas() == Installation.REPLICAS);
    int paused = done();
    assertThat(paused).isLessThan(ROWS).isEqualTo(10 * batches());

    operator().kill();
    startSuccessor();
    installation.migrate("m", inBatchesOf(20));
    until("it goes on", () -> done() > paused + 100);
    assertThat(installation.postgres().value("SELECT size FROM async_migrations.mark"))
        .isEqualTo("20");

    operator().kill();
    startSuccessor();
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.postgres().value("SELECT bool_and(x = 1) FROM t")).isEqualTo("t");
    assertThat(installation.status("m").orElseThrow().errors()).isNullOrEmpty();
    assertThat(installation.status("m").orElseThrow().operations().get(0).rows())
        .isEqualTo((long) ROWS);
  }

  @Test
  void stoppedAndGoingOnLater() {
    installation.migrate("m", inBatchesOf(10));
    until("some batches are done", () -> done() > 50);

    installation.wish("m", "Stopped");
    awaitPhase("m", "Errored");
    int stopped = done();
    assertThat(stopped).isLessThan(ROWS).isEqualTo(10 * batches());
    assertThat(installation.runsOnPostgres("UPDATE t")).isFalse();

    installation.edit("m", "{\"desiredState\":\"Completed\",\"retryNonce\":1}");
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.postgres().value("SELECT bool_and(x = 1) FROM t")).isEqualTo("t");
    assertThat(batches()).isEqualTo(ROWS / 10);
  }

  @Test
  void aKeyThatIsNoneEndsTheRunBeforeARowIsTouched() {
    installation.migrate("m", inBatchesOf(10).replace("key: [id]", "key: [x]"));

    awaitPhase("m", "RolledBack");

    assertThat(installation.status("m").orElseThrow().errors().get(0).message())
        .contains("no unique index of table t", "[(id)]");
    assertThat(done()).isZero();
  }

  private int done() {
    return Integer.parseInt(installation.postgres().value("SELECT sum(x) FROM t"));
  }

  private int batches() {
    return Integer.parseInt(
        installation.postgres().value("SELECT batches FROM async_migrations.mark"));
  }

  /** Each takes a tenth of a second. */
  private static String inBatchesOf(int rows) {
    return """
        - name: in-batches
          batchUpdate:
            table: t
            key: [id]
            sql: WITH s AS MATERIALIZED (SELECT pg_sleep(0.1)) UPDATE t SET x = x + 1 FROM s WHERE {batch}
            maxBatchRows: %d
          rollback: {notNeeded: true}
        """
        .formatted(rows);
  }
}
