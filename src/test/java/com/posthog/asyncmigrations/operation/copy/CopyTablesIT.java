package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.Inserting;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A copy has each row of its source once, whatever happens on the way. */
class CopyTablesIT extends Moving {
  private static final TableCopy COPY = Mover.live("t", "n", 30_000);

  CopyTablesIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  @BeforeEach
  void tables() {
    months();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PARTITION BY toYYYYMM(d) ORDER BY (v, k)",
        "PARTITION BY toMonday(d) ORDER BY (d, v)",
        "ORDER BY (cityHash64(v), k) SAMPLE BY cityHash64(v)",
        "PARTITION BY (toYYYYMM(d), k % 3) ORDER BY k",
        "ORDER BY tuple()"
      })
  void toAnotherShape(String shape) {
    target(shape);

    mover.startCopy(COPY);

    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    same("t", "n");
    nothingIsLeft();
  }

  @Test
  void ofAnotherEngineAndTypesWithExpressions() {
    database.run(
        "CREATE TABLE n (k Int64, d DateTime64(3), v LowCardinality(String), day UInt8)"
            + " ENGINE ReplacingMergeTree ORDER BY k");

    mover.startCopy(
        new TableCopy(
            "t", "n", Map.of("day", "toDayOfMonth(d)"), List.of(), true, 1_000_000, Map.of()));

    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    assertThat(
            database.run(
                "SELECT count(), countIf(day = toDayOfMonth(d) AND toString(k) = v) FROM n"))
        .isEqualTo("200000\t200000");
  }

  @Test
  void theChunksOfAPartitionAreOfTheSameSize() {
    target("ORDER BY k");
    mover.startCopy(Mover.live("t", "n", 20_000));

    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    assertThat(mover.chunks()).hasSize(9);
    assertThat(mover.chunks().stream().map(Chunk::rows))
        .allSatisfy(rows -> assertThat(rows).isBetween(15_000L, 27_000L));
  }

  /** Else INSERTs would be slowed or refused as soon as the tables are exchanged. */
  @Test
  void manyChunksOfAPartitionAreMergedBeforeTheTargetGetsThem() {
    target("ORDER BY (v, k)");
    database.run("SYSTEM STOP MERGES n");
    database.run("TRUNCATE TABLE t");
    int chunks = Publisher.MOST_PARTS + 20;
    database.run(
        "INSERT INTO t SELECT number, toDate('2024-01-01'), toString(number) FROM numbers(%d)"
            .formatted(chunks * 8_192));
    mover.startCopy(Mover.live("t", "n", 8_192));

    assertThat(mover.rowsAtEnd()).isEqualTo(chunks * 8_192L);
    assertThat(mover.chunks()).hasSizeGreaterThan(Publisher.MOST_PARTS);
    assertThat(
            Integer.parseInt(
                database.run(
                    "SELECT count() FROM system.parts WHERE active AND table = 'n' AND database = currentDatabase()")))
        .isLessThanOrEqualTo(Publisher.MOST_PARTS);
    same("t", "n");
    nothingIsLeft();
  }

  @Test
  void anEmptyTable() {
    target("ORDER BY k");
    database.run("TRUNCATE TABLE t");
    mover.startCopy(COPY);
    assertThat(mover.rowsAtEnd()).isZero();
  }

  @Test
  void rowsThatArriveMeanwhileAreCopiedToo() {
    target("PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    try (Inserting inserting = new Inserting(database, "t", 2, 1_000_000)) {
      Awaitility.await().until(() -> inserting.rows() > 200);
      mover.startCopy(COPY);
      finished();
      inserting.stop();
      assertThat(Long.parseLong(database.run("SELECT count() FROM n"))).isGreaterThan(200_200);
    }
    assertThat(database.run("SELECT count() - uniqExact(k) FROM n")).isEqualTo("0");
    assertThat(database.run("SELECT count() FROM n WHERE k NOT IN (SELECT k FROM t)"))
        .isEqualTo("0");
    nothingIsLeft();
  }

  @Test
  void rowsThatAMutationChangesMeanwhileAreCopiedAgain() {
    target("PARTITION BY toMonday(d) ORDER BY (v, k)");
    mover.startCopy(slowly());
    Awaitility.await().until(() -> copied() > 0);

    database.run("ALTER TABLE t DELETE WHERE k % 10 = 3 SETTINGS mutations_sync = 1");

    finished();
    assertThat(database.run("SELECT count() FROM n")).isEqualTo("180000");
    same("t", "n");
    nothingIsLeft();
  }

  @Test
  void anOperatorThatDiesIsSucceeded() {
    target("PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    mover.startCopy(slowly());
    for (int deaths = 1; deaths <= 3; deaths++) {
      long had = copied();
      Awaitility.await().until(() -> copied() > had);
      mover.dies();
      mover.startCopy(slowly());
    }

    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    same("t", "n");
    nothingIsLeft();
  }

  @Test
  void aStopIsFastAndTheCopyGoesOnLater() {
    target("PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    mover.startCopy(slowly());
    Awaitility.await().until(() -> copied() > 0);

    mover.kill();

    EffectView.Failed killed = (EffectView.Failed) mover.end();
    assertThat(killed.problem().reason()).isEqualTo(Reason.StatementKilled);
    assertThat(running()).isEqualTo("0");
    mover.startCopy(COPY);
    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    same("t", "n");
  }

  @Test
  void aRestEndsAfterTheChunkAndNothingIsDoneTwice() {
    target("PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    mover.startCopy(slowly());
    Awaitility.await().until(() -> copied() > 0);

    mover.rest();

    assertThat(mover.end()).isInstanceOf(EffectView.Rested.class);
    assertThat(copied()).isBetween(1L, 199_999L);
    mover.startCopy(slowly());
    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    same("t", "n");
    database.run("SYSTEM FLUSH LOGS");
    String written =
        database.run(
            "SELECT sum(written_rows) FROM system.query_log WHERE type = 'QueryFinish' AND query_kind = 'Insert'"
                + " AND startsWith(query_id, '0001_events-') AND current_database = currentDatabase()");
    assertThat(written).isEqualTo("200000");
  }

  @Test
  void aChunkThatNeedsTooMuchMemoryIsSplit() {
    database.run("RENAME TABLE t TO as_it_was");
    database.run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree ORDER BY (toYYYYMM(d), reverse(v))");
    database.run("INSERT INTO t SELECT * FROM as_it_was");
    target("PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    TableCopy greedy =
        new TableCopy(
            "t",
            "n",
            Map.of("v", "concat(v, repeat('x', 1000))"),
            List.of(),
            true,
            1_000_000,
            Map.of("max_memory_usage", "70000000", "max_threads", "1"));

    mover.startCopy(greedy);

    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    assertThat(database.run("SELECT uniqExact(k), countIf(startsWith(v, toString(k))) FROM n"))
        .isEqualTo("200000\t200000");
    database.run("SYSTEM FLUSH LOGS");
    assertThat(
            database.run(
                "SELECT count() > 0 FROM system.query_log WHERE exception_code = 241 AND query_kind = 'Insert'"
                    + " AND startsWith(query_id, '0001_events-') AND current_database = currentDatabase()"))
        .isEqualTo("1");
  }

  /** Three parts of every four that the source may have before its clients are refused. */
  @Test
  void waitsWhileTheServerIsBusyAndSaysWhy() {
    target("PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    database.run(
        "ALTER TABLE t MODIFY SETTING parts_to_throw_insert = 20, parts_to_delay_insert = 20");
    database.run("SYSTEM STOP MERGES t");
    for (int i = 0; i < 17; i++) {
      database.run("INSERT INTO t VALUES (%d, '2024-01-01', 'new')".formatted(1_000_000 + i));
    }
    mover.startCopy(COPY);

    EffectView.Running waiting =
        (EffectView.Running)
            Awaitility.await()
                .until(
                    mover::observe,
                    view ->
                        view instanceof EffectView.Running running
                            && running.waiting().isPresent());
    assertThat(waiting.waiting().orElseThrow().reason()).isEqualTo(Reason.Throttled);
    assertThat(waiting.waiting().orElseThrow().message())
        .startsWith("stopped by parts in partition 202401 of ")
        .contains("found 18", "goes on below 16");

    database.run("SYSTEM START MERGES t");
    database.run("OPTIMIZE TABLE t FINAL");

    assertThat(mover.rowsAtEnd()).isEqualTo(200_017);
    same("t", "n");
  }

  @Test
  void anUndoLeavesNothing() {
    target("PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    mover.startCopy(slowly());
    Awaitility.await().until(() -> copied() > 0);
    mover.kill();
    mover.end();

    mover.startUndo(COPY);

    assertThat(mover.end()).isEqualTo(new EffectView.Finished(0));
    assertThat(database.run("SELECT count() FROM n")).isEqualTo("0");
    nothingIsLeft();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE n (k UInt64, d Date) ENGINE MergeTree ORDER BY k | has columns that",
        "CREATE TABLE n (k UInt64, d Date, v String) ENGINE Log | only tables of the MergeTree family",
        "CREATE TABLE n ENGINE MergeTree ORDER BY k AS SELECT * FROM t | must be empty",
        "SELECT 1 | there is no table"
      })
  void whatCannotBeCopiedIsRefusedByName(String create, String why) {
    database.run(create);

    mover.startCopy(COPY);

    EffectView.Failed refused = (EffectView.Failed) mover.end();
    assertThat(refused.problem().reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(refused.problem().message()).contains(why);
  }

  private void target(String shape) {
    database.run("CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree " + shape);
  }

  /** In many chunks, each of which takes a moment. */
  private static TableCopy slowly() {
    return new TableCopy(
        "t",
        "n",
        Map.of("v", "if(sleepEachRow(0.00001) = 0, v, v)"),
        List.of(),
        true,
        10_000,
        Map.of());
  }

  private long copied() {
    return mover.observe() instanceof EffectView.Running running ? running.rows() : rested();
  }

  private long rested() {
    return mover.observe() instanceof EffectView.Rested rested ? rested.rows() : 0;
  }

  private String running() {
    return database.run(
        "SELECT count() FROM system.processes WHERE startsWith(query_id, '0001_events-')"
            + " AND current_database = currentDatabase()");
  }
}
