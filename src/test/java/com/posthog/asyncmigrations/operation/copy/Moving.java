package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tables on the server that all tests share, who moves them, and what must be so at the end. */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
abstract class Moving {
  final TestDatabase database;
  final Mover mover;

  Moving(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    mover = new Mover(database, postgres);
  }

  @BeforeEach
  final void dropTables() {
    database.dropTables();
  }

  @AfterEach
  final void stop() {
    mover.close();
  }

  final String run(String sql) {
    return database.run(sql);
  }

  /** The table t of 200,000 rows in three partitions. */
  final void months() {
    run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
    run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number % 90, toString(number) FROM numbers(200000)");
  }

  /** An INSERT into t of the rows of a SELECT that sleeps at each of them; it is under way. */
  final Thread insertsSlowly(String select) {
    Thread client =
        new Thread(
            () ->
                run(
                    "INSERT INTO t %s SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0, async_insert = 0"
                        .formatted(select)));
    client.start();
    await()
        .until(
            () ->
                run("SELECT count() FROM system.processes WHERE query_kind = 'Insert'"
                        + " AND current_database = currentDatabase() AND position(query, 'sleepEachRow') > 0")
                    .equals("1"));
    return client;
  }

  /** Copies, and exchanges the table that is copied for a backup. */
  final void exchanged(TableCopy copy) {
    mover.startCopy(copy);
    finished();
    mover.startExchange(copy, "backup");
    finished();
  }

  /** Undoes such an exchange. */
  final void exchangedBack(TableCopy copy) {
    mover.startWayBack(copy, "backup");
    finished();
  }

  /** The end of the step under way, which is a good one. */
  final EffectView.Finished finished() {
    EffectView end = mover.end();
    assertThat(end).isInstanceOf(EffectView.Finished.class);
    return (EffectView.Finished) end;
  }

  /** Why the step under way has failed. */
  final Problem problem() {
    EffectView end = mover.end();
    assertThat(end).isInstanceOf(EffectView.Failed.class);
    return ((EffectView.Failed) end).problem();
  }

  /** Why the step of this one stands still. */
  static Problem waiting(Mover who) {
    return await()
        .until(
            () ->
                who.observe() instanceof EffectView.Running running
                    ? running.waiting()
                    : Optional.<Problem>empty(),
            Optional::isPresent)
        .orElseThrow();
  }

  final long count(String table) {
    return Long.parseLong(run("SELECT count() FROM " + table));
  }

  final String sortingKey(String table) {
    return run(
        "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = '%s'"
            .formatted(table));
  }

  /** Whether two tables have the same rows. */
  final void same(String one, String other) {
    String sums = "(SELECT (count(), sum(cityHash64(tuple(*)))) FROM %s)";
    assertThat(run("SELECT %s = %s".formatted(sums.formatted(one), sums.formatted(other))))
        .isEqualTo("1");
  }

  /** No table that a copy has made for itself. */
  final void nothingIsLeft() {
    assertThat(
            run(
                "SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '__(am|swap)_')"))
        .isEmpty();
  }

  final void mergesAreOn(String table) {
    assertThat(
            run(
                "SELECT match(engine_full, 'max_bytes_to_merge') FROM system.tables"
                    + " WHERE database = currentDatabase() AND name = '%s'".formatted(table)))
        .isEqualTo("0");
  }
}
