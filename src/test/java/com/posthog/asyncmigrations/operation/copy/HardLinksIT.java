package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Partitions are given to a table of equal structure, which shares their files. */
class HardLinksIT extends Moving {
  private static final TableCopy LINKS = Mover.hardLinks("t", "n");
  private static final int DAYS = 30;

  HardLinksIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  @BeforeEach
  void tables() {
    database.run(
        "CREATE TABLE t (k UInt64, d Date, v String, INDEX i v TYPE bloom_filter GRANULARITY 2,"
            + " PROJECTION p (SELECT k ORDER BY v)) ENGINE MergeTree PARTITION BY d ORDER BY k"
            + " SETTINGS lightweight_mutation_projection_mode = 'rebuild'");
    database.run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number %% %d, toString(number) FROM numbers(100000)"
            .formatted(DAYS));
  }

  @Test
  void theTargetHasEveryRowAndNoFileOfItsOwn() throws IOException {
    database.run("DELETE FROM t WHERE k < 10");
    target();

    mover.startCopy(LINKS);

    EffectView.Finished end = (EffectView.Finished) mover.end();
    assertThat(end.rows()).isEqualTo(99_990);
    assertThat(end.output().orElseThrow())
        .isEqualTo("99,990 rows in 30 partitions, 30 chunks, 1 round; counts and hashes agree");
    same("t", "n");
    assertThat(files("n")).hasSizeGreaterThan(DAYS).isEqualTo(files("t"));
    mergesAreOn("n");
  }

  /** As a table gets another engine: what is between the keys and the columns does not matter. */
  @Test
  void toAnotherEngine() {
    database.run(
        "CREATE TABLE n AS t ENGINE ReplacingMergeTree PARTITION BY d ORDER BY k SETTINGS deduplicate_merge_projection_mode = 'rebuild'");

    mover.startCopy(LINKS);

    assertThat(mover.rowsAtEnd()).isEqualTo(100_000);
    same("t", "n");
  }

  @Test
  void anEmptyTable() {
    database.run("TRUNCATE TABLE t");
    target();
    mover.startCopy(LINKS);
    assertThat(mover.rowsAtEnd()).isZero();
  }

  @Test
  void anOperatorThatDiesIsSucceededAndEachPartitionIsLinkedOnce() {
    target();
    int before = statements();
    mover.startCopy(LINKS);
    int deaths = 3;
    for (int i = 0; i < deaths; i++) {
      long had = linked();
      Awaitility.await().until(() -> linked() > had);
      mover.dies();
      mover.startCopy(LINKS);
    }

    assertThat(mover.rowsAtEnd()).isEqualTo(100_000);
    same("t", "n");
    mergesAreOn("n");
    assertThat(mover.chunks()).hasSize(DAYS).allMatch(Chunk::published);
    assertThat(statements() - before).isBetween(DAYS, DAYS + deaths);
  }

  @Test
  void itStopsBetweenTwoPartitionsAndGoesOn() {
    target();
    mover.startCopy(LINKS);
    Awaitility.await().until(() -> linked() > 0);
    mover.kill();
    assertThat(problem().reason()).isEqualTo(Reason.StatementKilled);
    assertThat(count("n")).isBetween(1L, 99_999L);

    long had = linked();
    mover.startCopy(LINKS);
    Awaitility.await().until(() -> linked() > had);
    mover.rest();
    assertThat(mover.end()).isInstanceOf(EffectView.Rested.class);
    assertThat(count("n")).isBetween(1L, 99_999L);

    mover.startCopy(LINKS);
    assertThat(mover.rowsAtEnd()).isEqualTo(100_000);
    same("t", "n");
  }

  @Test
  void anUndoEmptiesTheTargetAndLeavesTheSource() {
    target();
    mover.startCopy(LINKS);
    Awaitility.await().until(() -> linked() > 0);
    mover.kill();
    mover.end();

    mover.startUndo(LINKS);

    assertThat(mover.end()).isEqualTo(new EffectView.Finished(0));
    assertThat(count("n")).isZero();
    assertThat(database.run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100000\t100000");
    mergesAreOn("n");
  }

  /** Other parts with the same rows. */
  @Test
  void mergesOfTheSourceDoNotMatter() {
    for (int i = 0; i < 20; i++) {
      database.run("INSERT INTO t SELECT 1000000 + %d, '2024-01-01', 'x'".formatted(i));
    }
    target();
    mover.startCopy(LINKS);
    assertThat(mover.rowsAtEnd()).isEqualTo(100_020);
    database.run("OPTIMIZE TABLE t FINAL");
    database.run("OPTIMIZE TABLE n FINAL");

    mover.startExchange(LINKS, "backup");

    finished();
    assertThat(count("t")).isEqualTo(100_020);
    assertThat(count("backup")).isEqualTo(100_020);
  }

  @Test
  void theWayBackOfAnExchange() {
    exchanged();
    assertThat(identity("t")).isNotEqualTo(identity("backup"));
    String were = identity("backup");

    mover.startWayBack(LINKS, "backup");

    finished();
    assertThat(identity("t")).isEqualTo(were);
    same("t", "n");
  }

  @Test
  void theWayBackIsRefusedOnceRowsHaveArrived() {
    exchanged();
    database.run("INSERT INTO t VALUES (5000000, '2024-01-03', 'x')");

    mover.startWayBack(LINKS, "backup");

    assertThat(problem().reason()).isEqualTo(Reason.Irreversible);
    assertThat(count("t")).isEqualTo(100_001);
  }

  @Test
  void rowsThatArriveMeanwhileAreNoticed() {
    target();
    mover.startCopy(LINKS);
    Awaitility.await().until(() -> linked() > 0);
    database.run("INSERT INTO t VALUES (5000000, '2024-01-01', 'x')");

    assertThat(problem().reason()).isEqualTo(Reason.SourceChanged);
    assertThat(problem().message()).contains("partition 20240101 of ", "live: None and Pause");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INSERT INTO t VALUES (5000000, '2024-01-03', 'x') | has 3335 rows, and 3334 were copied",
        "ALTER TABLE t DROP PARTITION ID '20240103' | has 0 rows, and 3334 were copied",
        "ALTER TABLE t UPDATE v = 'y' WHERE k = 2 SETTINGS mutations_sync = 1 | mutations have changed",
        "ALTER TABLE t ADD COLUMN x UInt8 | it has other columns"
      })
  void whatHappensToTheSourceBeforeTheExchangeIsNoticed(String change, String why) {
    target();
    mover.startCopy(LINKS);
    finished();
    database.run(change);

    mover.startExchange(LINKS, "backup");

    assertThat(problem().reason()).isEqualTo(Reason.SourceChanged);
    assertThat(problem().message()).contains(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "(k UInt64, v String, d Date) | PARTITION BY d ORDER BY k | the columns of",
        "(k UInt32, d Date, v String) | PARTITION BY d ORDER BY k | the columns of",
        "(k UInt64, d Date, v String, x UInt8) | PARTITION BY d ORDER BY k | the columns of",
        "(k UInt64, d Date, v String) | PARTITION BY toMonday(d) ORDER BY k | the partition key of",
        "(k UInt64, d Date, v String) | PARTITION BY d ORDER BY (k, v) | the sorting key of",
        "(k UInt64, d Date, v String) | PARTITION BY d PRIMARY KEY tuple() ORDER BY k | the primary key of",
        "(k UInt64, d Date, v String, INDEX i v TYPE bloom_filter GRANULARITY 3) | PARTITION BY d ORDER BY k | the skipping indices of",
        "(k UInt64, d Date, v String, INDEX i v TYPE bloom_filter GRANULARITY 2) | PARTITION BY d ORDER BY k | the projections of",
        "AS t | PARTITION BY d ORDER BY k TTL d + INTERVAL 9 YEAR | has a TTL",
        "AS t | PARTITION BY d ORDER BY k SETTINGS always_use_copy_instead_of_hardlinks = 1 | would copy every file"
      })
  void unequalTablesAreRefusedByName(String columns, String keys, String why) {
    database.run("CREATE TABLE n %s ENGINE MergeTree %s".formatted(columns, keys));

    mover.startCopy(LINKS);

    assertThat(problem().reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(problem().message()).contains(why);
    assertThat(count("n")).isZero();
  }

  @Test
  void anotherStoragePolicyIsRefused() {
    database.run(
        "CREATE TABLE n AS t ENGINE MergeTree PARTITION BY d ORDER BY k SETTINGS disk = disk(type = local, path = '%s')"
            .formatted(
                database.run(
                    "SELECT replaceRegexpOne(path, 'data/$', 'disks/other/') FROM system.disks WHERE name = 'default'")));

    mover.startCopy(LINKS);

    assertThat(problem().reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(problem().message()).contains("the storage policy of", "'default' and '");
  }

  /** Also after it was told to stop: the parts have the numbers that they were merged with. */
  @Test
  void aSourceThatKeepsBlockNumbersIsRefused() {
    target();
    database.run("ALTER TABLE t MODIFY SETTING enable_block_number_column = 1");
    mover.startCopy(LINKS);
    assertThat(problem().reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(problem().message()).contains("enable_block_number_column", "use mode: Rows");

    database.run("OPTIMIZE TABLE t FINAL");
    database.run("ALTER TABLE t RESET SETTING enable_block_number_column");
    mover.startCopy(LINKS);
    assertThat(problem().message()).contains("enable_block_number_column");
  }

  private void target() {
    database.run("CREATE TABLE n AS t");
  }

  private void exchanged() {
    target();
    mover.startCopy(LINKS);
    finished();
    mover.startExchange(LINKS, "backup");
    finished();
  }

  private long linked() {
    return mover.chunks().stream().filter(Chunk::published).count();
  }

  private String identity(String table) {
    return database.run(
        "SELECT uuid FROM system.tables WHERE database = currentDatabase() AND name = '%s'"
            .formatted(table));
  }

  private int statements() {
    database.run("SYSTEM FLUSH LOGS");
    return Integer.parseInt(
        database.run(
            "SELECT count() FROM system.query_log WHERE type = 'QueryFinish' AND query LIKE 'ALTER TABLE%REPLACE PARTITION%'"
                + " AND startsWith(query_id, '0001_events-') AND current_database = currentDatabase()"));
  }

  /** What the files of a table's columns are on the disk. */
  private Set<Object> files(String table) throws IOException {
    Set<Object> files = new TreeSet<>();
    List<String> paths =
        database
            .run(
                "SELECT path FROM system.parts WHERE active AND database = currentDatabase() AND table = '%s'"
                    .formatted(table))
            .lines()
            .toList();
    for (String path : paths) {
      try (Stream<Path> all = Files.walk(Path.of(path))) {
        for (Path file : all.filter(f -> f.toString().endsWith(".bin")).toList()) {
          files.add(Files.getAttribute(file, "unix:ino"));
        }
      }
    }
    return files;
  }
}
