package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a source may have, or what may happen to it, that makes plain copies wrong. */
class HazardsIT extends Moving {
  private static final TableCopy COPY = Mover.live("t", "n", 20_000);
  private static final TableCopy STILL = Mover.still("t", "n", 20_000);

  private final SharedPostgres.Fresh postgres;

  HazardsIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
    this.postgres = postgres;
  }

  @Test
  void rowsThatWereDeletedLightlyStayDeleted() {
    months();
    monthsByValue();
    run("DELETE FROM t WHERE k % 4 = 0 SETTINGS lightweight_deletes_sync = 2");
    assertThat(run("SELECT sum(rows) FROM system.parts WHERE active AND " + ofTable("t")))
        .as("what the parts say")
        .isEqualTo("200000");

    mover.startCopy(COPY);

    assertThat(mover.rowsAtEnd()).isEqualTo(150_000);
    same("t", "n");
  }

  /** Names and settings are each replica's own, and would be changed on one of them only. */
  @Test
  void aShardOfSeveralReplicasIsRefused() {
    months();
    monthsByValue();
    try (Mover twice = new Mover(Clusters.twice(database), postgres)) {
      twice.startCopy(COPY);

      assertThat(((EffectView.Failed) twice.end()).problem().message())
          .contains("has 2 replicas (127.0.0.1:", ", localhost:", "only shards of one replica");
    }
    assertThat(count("n")).isZero();
  }

  @Test
  void patchPartsAreRefusedUntilTheyAreApplied() {
    run(
        "CREATE TABLE t (k UInt64, v String) ENGINE MergeTree ORDER BY k SETTINGS"
            + " enable_block_number_column = 1, enable_block_offset_column = 1");
    run("CREATE TABLE n (k UInt64, v String) ENGINE MergeTree ORDER BY (v, k)");
    run("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    run("UPDATE t SET v = 'new' WHERE k = 1 SETTINGS allow_experimental_lightweight_update = 1");

    mover.startCopy(COPY);
    assertThat(problem().reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(problem().message()).contains("has patch parts", "APPLY PATCHES");

    run("ALTER TABLE t APPLY PATCHES SETTINGS mutations_sync = 2");
    mover.startCopy(COPY);
    finished();
    assertThat(run("SELECT k, v FROM n ORDER BY k")).isEqualTo("1\tnew\n2\tb");
  }

  /** They change rows and no name of a part. */
  @Test
  void lightweightUpdatesDuringTheCopyAndBeforeTheExchangeAreCopiedToo() {
    months();
    run(
        "ALTER TABLE t MODIFY SETTING enable_block_number_column = 1, enable_block_offset_column = 1");
    run("OPTIMIZE TABLE t FINAL");
    monthsByValue();
    mover.startCopy(slowly());
    await().until(() -> mover.chunks().stream().anyMatch(c -> c.copied().isPresent()));
    update(3);
    finished();
    assertThat(run("SELECT countIf(v = 'new') FROM n")).isEqualTo("20000");

    update(4);
    mover.startExchange(COPY, "backup");
    finished();

    assertThat(sortingKey("t")).isEqualTo("v, k");
    assertThat(run("SELECT count(), countIf(v = 'new') FROM t")).isEqualTo("200000\t40000");
  }

  private void update(int digit) {
    run(
        "UPDATE t SET v = 'new' WHERE k %% 10 = %d SETTINGS allow_experimental_lightweight_update = 1"
            .formatted(digit));
  }

  @Test
  void aMutationThatHasNotEndedIsWaitedFor() {
    months();
    monthsByValue();
    run("SYSTEM STOP MERGES t");
    run(
        "ALTER TABLE t UPDATE v = 'new' WHERE k % 2 = 0 SETTINGS mutations_sync = 0, alter_sync = 0");

    mover.startCopy(COPY);
    assertThat(waiting(mover).reason()).isEqualTo(Reason.SourceKeepsChanging);
    assertThat(count("n")).isZero();
    run("SYSTEM START MERGES t");

    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    assertThat(run("SELECT countIf(v = 'new') FROM n")).isEqualTo("100000");
  }

  /** Whoever repeats the step has paused what changes it. */
  @Test
  void aCopyIsBegunAnewAFewTimesForMutationsAndAgainWhenItIsRepeated() {
    months();
    monthsByValue();
    mover.startCopy(COPY);
    finished();
    for (int i = 0; i < 4; i++) {
      run("ALTER TABLE t UPDATE v = 'x%d' WHERE k = 1 SETTINGS mutations_sync = 1".formatted(i));
      mover.startCopy(COPY);
      if (i < 3) {
        finished();
      }
    }
    assertThat(problem().reason()).isEqualTo(Reason.SourceKeepsChanging);

    mover.startCopy(COPY);
    finished();

    assertThat(run("SELECT v FROM n WHERE k = 1")).isEqualTo("x3");
    same("t", "n");
  }

  /** It has parts, and no row of it says to which partition of the target it would go. */
  @Test
  void aMutationOfAPartitionWhoseRowsAreAllDeleted() {
    months();
    run("CREATE TABLE n AS t ENGINE MergeTree PARTITION BY k % 3 ORDER BY (v, k)");
    run("DELETE FROM t WHERE toYYYYMM(d) = 202403");
    mover.startCopy(COPY);
    finished();
    run("ALTER TABLE t UPDATE v = 'new' WHERE k % 10 = 0 SETTINGS mutations_sync = 1");

    mover.startExchange(COPY, "backup");
    finished();

    assertThat(run("SELECT countIf(v = 'new') = countIf(k % 10 = 0), max(d) FROM t"))
        .isEqualTo("1\t2024-02-29");
    same("t", "backup");
  }

  /** Rows that a later merge would remove, in the target as in the source. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ReplacingMergeTree(v) | true  | k, v FROM %s FINAL",
        "SummingMergeTree      | false | k, sum(v) FROM %s GROUP BY k"
      })
  void rowsThatWouldCollapseAreCopiedAsTheyAre(String engine, boolean live, String select) {
    String table = "CREATE TABLE %s (k UInt64, v UInt64) ENGINE %s ORDER BY k";
    run(table.formatted("t", engine));
    run("SYSTEM STOP MERGES t");
    for (int i = 0; i < 4; i++) {
      run("INSERT INTO t SELECT number %% 5000, number + %d FROM numbers(5000)".formatted(i + 1));
    }
    run(table.formatted("n", engine));
    run("SYSTEM STOP MERGES n");

    mover.startCopy(live ? COPY : STILL);

    assertThat(mover.rowsAtEnd()).isEqualTo(20_000);
    assertThat(count("n")).isEqualTo(20_000);
    String all = "SELECT groupBitXor(cityHash64(*)), count() FROM (SELECT " + select + ")";
    assertThat(run(all.formatted("n"))).isEqualTo(run(all.formatted("t"))).endsWith("\t5000");
  }

  @Test
  void aTargetThatTakesOtherRowsForTheSameOneIsSpokenOf() {
    run("CREATE TABLE t (k UInt64, v UInt64) ENGINE ReplacingMergeTree ORDER BY k");
    run("INSERT INTO t SELECT number, number % 10 FROM numbers(100)");
    run("CREATE TABLE n (k UInt64, v UInt64) ENGINE ReplacingMergeTree ORDER BY v");

    mover.startCopy(COPY);

    assertThat(((EffectView.Finished) mover.end()).output().orElseThrow())
        .startsWith(
            "n keeps one row of those with an equal (v), where t keeps one row of those with an equal (k): ");
  }

  /** From a table of raw rows into ours, from ours into a third, and from that into a fourth. */
  @Test
  void viewsIntoTheTableFromItAndBehindThoseFireAfterTheExchange() {
    months();
    monthsByValue();
    run("CREATE TABLE raw (k UInt64, d Date, v String) ENGINE Null");
    run("CREATE TABLE seen (k UInt64) ENGINE MergeTree ORDER BY k");
    run("CREATE TABLE last (k UInt64) ENGINE MergeTree ORDER BY k");
    run("CREATE MATERIALIZED VIEW into_t TO t AS SELECT k, d, v FROM raw");
    run("CREATE MATERIALIZED VIEW of_t TO seen AS SELECT k FROM t");
    run("CREATE MATERIALIZED VIEW of_seen TO last AS SELECT k FROM seen");
    String dependencies = dependencies();
    mover.startCopy(COPY);
    finished();
    mover.startExchange(COPY, "backup");
    finished();

    run("INSERT INTO raw VALUES (5000000, '2024-01-03', 'x')");
    run("INSERT INTO t VALUES (5000001, '2024-01-03', 'x')");

    assertThat(sortingKey("t")).isEqualTo("v, k");
    assertThat(count("t")).isEqualTo(200_002);
    assertThat(run("SELECT k FROM seen ORDER BY k")).isEqualTo("5000000\n5000001");
    assertThat(run("SELECT k FROM last ORDER BY k")).isEqualTo("5000000\n5000001");
    assertThat(count("backup")).isEqualTo(200_000);
    assertThat(dependencies()).isEqualTo(dependencies);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Nullable(UInt64) | if(number % 10 = 0, NULL, number)",
        "Float64          | multiIf(number % 10 = 0, nan, number % 10 = 1, -0., number / 3)",
        "String           | if(number % 10 = 0, '', concat('it''s \\\\ ', toString(number)))",
        "FixedString(5)   | reinterpretAsFixedString(byteSwap(toUInt32(number * 40000)))",
        "LowCardinality(Nullable(String)) | if(number % 10 = 0, NULL, toString(number % 100))",
        "DateTime64(6, 'Asia/Tokyo')      | addMicroseconds(toDateTime64('2024-01-01 00:00:00', 6), number)",
        "Decimal(18, 3)   | toDecimal64(number, 3) / 7 - 100"
      })
  void keysOfAnyKindInAnUnpartitionedTable(String type, String value) {
    run(
        "CREATE TABLE t (a %s, b UInt64) ENGINE MergeTree ORDER BY (a, b) SETTINGS allow_nullable_key = 1"
            .formatted(type));
    run("INSERT INTO t SELECT %s, number FROM numbers(100000)".formatted(value));
    run("CREATE TABLE n (a %s, b UInt64) ENGINE MergeTree ORDER BY b".formatted(type));

    mover.startCopy(COPY);

    assertThat(mover.rowsAtEnd()).isEqualTo(100_000);
    same("t", "n");
  }

  @Test
  void morePartitionsThanAnInsertMayWrite() {
    run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
    run("INSERT INTO t SELECT number FROM numbers(3000)");
    run("CREATE TABLE n (k UInt64) ENGINE MergeTree PARTITION BY k % 110 ORDER BY k");
    assertThatThrownBy(() -> run("INSERT INTO n SELECT k FROM t"))
        .hasMessageContaining("TOO_MANY_PARTS");

    mover.startCopy(COPY);

    assertThat(mover.rowsAtEnd()).isEqualTo(3_000);
    same("t", "n");
  }

  @ParameterizedTest
  @CsvSource({"t", "n"})
  void aTableThatIsDroppedDuringTheCopyEndsIt(String dropped) {
    months();
    monthsByValue();
    mover.limit(new CopyLimits(1, Map.of()));
    mover.startCopy(slowly());
    await().until(() -> mover.chunks().stream().anyMatch(c -> c.copied().isPresent()));

    run("DROP TABLE " + dropped + " SYNC");

    assertThat(problem().message()).contains(database.name(), dropped);
    assertThat(run("EXISTS TABLE " + (dropped.equals("t") ? "n" : "t"))).isEqualTo("1");
  }

  @Test
  void aColumnThatIsAddedDuringTheCopyEndsIt() {
    months();
    monthsByValue();
    mover.startCopy(slowly());
    await().until(() -> mover.chunks().stream().anyMatch(c -> c.copied().isPresent()));

    run("ALTER TABLE t ADD COLUMN x UInt8");

    assertThat(problem().reason()).isEqualTo(Reason.SourceChanged);
    assertThat(problem().message()).contains("it has other columns or settings now");
  }

  @Test
  void aLoadThatCannotBeReadStopsTheCopyWhichSaysSo() {
    months();
    monthsByValue();
    try (CuttingProxy proxy =
            new CuttingProxy(database.server().host(), database.server().httpPort());
        Mover behind = new Mover(Clusters.through(proxy.port(), database), postgres)) {
      proxy.dropAnswers(request -> request.contains("DelayedInserts"));
      behind.startCopy(COPY);
      Problem why = waiting(behind);
      assertThat(why.reason()).isEqualTo(Reason.Throttled);
      assertThat(why.message()).startsWith("stopped, since the load cannot be read");
      assertThat(behind.chunks()).isNotEmpty().allMatch(c -> c.copied().isEmpty());

      proxy.passAnswers();

      assertThat(behind.rowsAtEnd()).isEqualTo(200_000);
    }
  }

  private void monthsByValue() {
    run(
        "CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
  }

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

  private String dependencies() {
    return run(
        "SELECT name, dependencies_table FROM system.tables WHERE database = currentDatabase()"
            + " AND name IN ('raw', 't', 'seen') ORDER BY name");
  }

  private String ofTable(String table) {
    return "database = currentDatabase() AND table = '%s'".formatted(table);
  }
}
