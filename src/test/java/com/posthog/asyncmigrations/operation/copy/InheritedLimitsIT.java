package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The operator's user has a profile with limits for people's questions: a second, some rows, no
 * large table to be dropped. They end no copy. What it may not see does.
 */
class InheritedLimitsIT extends Moving {
  private final TestDatabase limited;
  private final Mover limitedMover;
  private final SharedPostgres.Fresh postgres;

  InheritedLimitsIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
    this.postgres = postgres;
    limited = new TestDatabase(database.server(), new Credentials("limited", ""), database.name());
    limitedMover = new Mover(limited, postgres);
  }

  @AfterEach
  void stopLimited() {
    limitedMover.close();
  }

  @Test
  void aChunkMayTakeLongerThanTheUsersQueriesMay() {
    run("CREATE TABLE t (k UInt64, v String) ENGINE MergeTree ORDER BY k");
    run("INSERT INTO t SELECT number, toString(number) FROM numbers(20000)");
    run("CREATE TABLE n (k UInt64, v String) ENGINE MergeTree ORDER BY (v, k)");
    assertThatThrownBy(
            () ->
                limited.run(
                    "SELECT sum(sleepEachRow(0.3)) FROM numbers(10) SETTINGS max_block_size = 1"))
        .hasMessageContaining("TIMEOUT_EXCEEDED");

    limitedMover.startCopy(
        new TableCopy(
            "t",
            "n",
            Map.of("v", "if(sleepEachRow(0.0001) = 0, v, v)"),
            List.of(),
            true,
            1_000_000,
            Map.of("max_block_size", "1000", "max_threads", "1")));

    assertThat(limitedMover.rowsAtEnd()).isEqualTo(20_000);
    same("t", "n");
  }

  /** To the exchange and back, with every table dropped that the copy has made. */
  @Test
  void moreRowsAreReadAndMorePartitionsListedThanTheUserMay() {
    TableCopy copy = Mover.live("t", "n", 100_000);
    months();
    run("CREATE TABLE n AS t ENGINE MergeTree PARTITION BY d ORDER BY (v, k)");
    assertThatThrownBy(() -> limited.run("SELECT count() FROM t WHERE v != ''"))
        .hasMessageContaining("TOO_MANY_ROWS");
    assertThatThrownBy(() -> limited.run("SELECT number FROM numbers(21)"))
        .hasMessageContaining("TOO_MANY_ROWS_OR_BYTES");

    limitedMover.startCopy(copy);
    assertThat(limitedMover.rowsAtEnd()).isEqualTo(200_000);
    limitedMover.startExchange(copy, "backup");
    assertThat(limitedMover.end()).isInstanceOf(EffectView.Finished.class);
    run("INSERT INTO t VALUES (5000000, '2024-01-03', 'x')");
    limitedMover.startWayBack(copy, "backup");
    assertThat(limitedMover.end()).isInstanceOf(EffectView.Finished.class);

    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("200001\t200001");
    nothingIsLeft();
  }

  @Test
  void anUndoEmptiesATableThatIsTooLargeForTheUserToDrop() {
    TableCopy copy = Mover.live("t", "n", 100_000);
    months();
    run("CREATE TABLE n AS t ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    limitedMover.startCopy(copy);
    assertThat(limitedMover.rowsAtEnd()).isEqualTo(200_000);
    assertThatThrownBy(() -> limited.run("TRUNCATE TABLE n"))
        .hasMessageContaining("TABLE_SIZE_EXCEEDS_MAX_DROP_SIZE_LIMIT");

    limitedMover.startUndo(copy);

    assertThat(limitedMover.end()).isEqualTo(new EffectView.Finished(0));
    assertThat(count("n")).isZero();
  }

  /**
   * Its user sees the last of equal rows, few of them, deleted ones, and answers of a while ago.
   */
  @Test
  void everyRowIsCopiedWhateverAProfileShowsToPeople() {
    TestDatabase people =
        new TestDatabase(database.server(), new Credentials("people", ""), database.name());
    TableCopy copy = Mover.live("t", "n", 10_000);
    String columns =
        "(k UInt64, v String, at DateTime DEFAULT toDateTime('2024-01-01 00:00:00') + k * 3600)";
    run(
        "CREATE TABLE t %s ENGINE ReplacingMergeTree PARTITION BY k %% 5 ORDER BY k"
                .formatted(columns)
            + " SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1,"
            + " enable_block_number_column = 1, enable_block_offset_column = 1");
    run("CREATE TABLE n %s ENGINE MergeTree PARTITION BY toDate(at) ORDER BY v".formatted(columns));
    run("INSERT INTO t (k, v) SELECT number, 'a' FROM numbers(110)");
    run("DELETE FROM t WHERE k >= 100");
    run("INSERT INTO t (k, v) SELECT number, 'b' FROM numbers(50)");
    assertThat(people.run("SELECT k, v FROM t ORDER BY k")).isEqualTo("0\tb\n1\tb");

    try (Mover theirs = new Mover(people, postgres)) {
      theirs.startCopy(copy);
      assertThat(theirs.rowsAtEnd()).isEqualTo(150);
      run("INSERT INTO t (k, v) SELECT number, 'c' FROM numbers(50)");
      run("UPDATE t SET v = 'd' WHERE v = 'c' SETTINGS allow_experimental_lightweight_update = 1");
      assertThat(people.run("SELECT k, v FROM t ORDER BY k")).isEqualTo("0\tc\n1\tc");
      theirs.startExchange(copy, "backup");
      assertThat(theirs.rowsAtEnd()).isEqualTo(200);
    }
    assertThat(run("SELECT count(), uniqExact(k, v), countIf(v = 'd') FROM t"))
        .isEqualTo("200\t200\t50");
    assertThat(run("SELECT countIf(_partition_id != toString(toYYYYMMDD(at))) FROM t"))
        .isEqualTo("0");
    nothingIsLeft();
  }

  @Test
  void aTableOfWhichAPolicyHidesRowsIsRefused() {
    run("CREATE DATABASE IF NOT EXISTS blinkers");
    TestDatabase blinkers = new TestDatabase(database.server(), database.user(), "blinkers");
    for (String table : List.of("t", "n")) {
      blinkers.run("DROP TABLE IF EXISTS %s SYNC".formatted(table));
      blinkers.run("CREATE TABLE %s (k UInt64) ENGINE MergeTree ORDER BY k".formatted(table));
    }
    blinkers.run("INSERT INTO t SELECT number FROM numbers(100)");
    TestDatabase blinkered =
        new TestDatabase(database.server(), new Credentials("blinkered", ""), "blinkers");
    assertThat(blinkered.run("SELECT count() FROM t")).isEqualTo("50");

    try (Mover copies = new Mover(blinkered, postgres)) {
      copies.startCopy(Mover.live("t", "n", 1_000));

      EffectView.Failed end = (EffectView.Failed) copies.end();
      assertThat(end.problem().reason()).isEqualTo(Reason.InvalidPlan);
      assertThat(end.problem().message())
          .startsWith("a row policy of blinkers.t hides rows from the operator's user");
    }
    try (Mover copies = new Mover(blinkers, postgres)) {
      copies.startCopy(Mover.live("t", "n", 1_000));
      assertThat(copies.rowsAtEnd()).isEqualTo(100);
    }
  }

  @Test
  void aTableWithoutAnIdentityIsRefused() {
    run("CREATE DATABASE memory_only ENGINE = Memory");
    TestDatabase memory = new TestDatabase(database.server(), database.user(), "memory_only");
    memory.run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
    memory.run("CREATE TABLE n (k UInt64) ENGINE MergeTree ORDER BY k");

    try (Mover copies = new Mover(memory, postgres)) {
      copies.startCopy(Mover.live("t", "n", 1_000));

      assertThat(((EffectView.Failed) copies.end()).problem().message())
          .startsWith("memory_only.t has no UUID, since its database is not Atomic");
    } finally {
      run("DROP DATABASE memory_only");
    }
  }
}
