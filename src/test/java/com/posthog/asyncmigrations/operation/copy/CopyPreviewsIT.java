package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.KeyColumn;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook.ChunkOutlook;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a dry run says of a copy, beside the copy that is then really done. */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CopyPreviewsIT {
  private static final TableCopy LIVE = Mover.live("t", "n", 20_000);

  private final TestDatabase database;
  private final Mover mover;
  private final ClickHouseCluster cluster;
  private final CopyPreviews previews;

  CopyPreviewsIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    mover = new Mover(database, postgres);
    cluster = Clusters.of(database);
    previews = new CopyPreviews(cluster, Clock.systemUTC());
  }

  @BeforeEach
  void tables() {
    database.dropTables();
    database.run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
    database.run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number % 60, toString(number) FROM numbers(200000)");
    database.run("OPTIMIZE TABLE t FINAL");
  }

  @AfterEach
  void stop() {
    mover.close();
    cluster.close();
  }

  @Test
  void rowsBytesAndEveryChunkAreThoseOfTheCopyThatFollows() {
    target();
    CopyPreviews.Seen seen = previews.look(LIVE, true, Optional.empty());
    long bytes = bytes();

    mover.startCopy(LIVE);

    assertThat(mover.rowsAtEnd()).isEqualTo(200_000).isEqualTo(seen.moves().rows());
    assertThat(seen.problems()).isEmpty();
    assertThat(seen.moves().partitions()).isEqualTo(2);
    assertThat(seen.moves().bytes()).isEqualTo(bytes);
    assertThat(seen.moves().disks())
        .singleElement()
        .satisfies(
            disk -> {
              assertThat(disk.policy()).isEqualTo("default");
              assertThat(disk.needed()).isEqualTo(bytes);
              assertThat(disk.free()).isBetween(1L, disk.total());
            });
    List<ChunkOutlook> chunks =
        mover.chunks().stream().filter(c -> c.round() == 0).map(this::outlook).toList();
    assertThat(chunks).hasSizeGreaterThan(4);
    assertThat(seen.moves().chunks()).isEqualTo(chunks.size());
    assertThat(seen.chunks()).isEqualTo(chunks);
  }

  private ChunkOutlook outlook(Chunk chunk) {
    String slice = chunk.slice().condition(List.of(new KeyColumn("k", "UInt64")));
    return new ChunkOutlook(
        "s1r1",
        chunk.partition(),
        "WHERE _partition_id = '%s' AND %s AND (%s)"
            .formatted(chunk.partition(), chunk.blocks().condition(), slice));
  }

  /** With its own names for what only a run has. */
  @Test
  void theStatementsAreThoseThatTheCopySends() {
    target();
    List<String> statements = previews.look(LIVE, true, Optional.empty()).statements();
    mover.startCopy(LIVE);
    assertThat(mover.end()).isInstanceOf(EffectView.Finished.class);

    database.run("SYSTEM FLUSH LOGS");
    List<String> sent =
        database
            .run(
                "SELECT query FROM system.query_log WHERE type = 'QueryFinish' AND startsWith(query_id, '0001_events-')"
                    + " AND current_database = currentDatabase() FORMAT TSVRaw")
            .lines()
            .map(CopyPreviewsIT::anonymous)
            .toList();
    assertThat(statements).hasSize(8);
    assertThat(statements).allSatisfy(statement -> assertThat(sent).contains(anonymous(statement)));
  }

  private static String anonymous(String statement) {
    return statement
        .replaceAll("n__am_\\w+", "scratch")
        .replaceAll("202401", "P")
        .replaceAll("202402", "P");
  }

  @Test
  void aTargetWhoseMergesRemoveRowsIsSpokenOf() {
    database.run(
        "CREATE TABLE n (k UInt64, d Date, v String) ENGINE ReplacingMergeTree ORDER BY v");

    CopyPreviews.Seen seen = previews.look(LIVE, true, Optional.empty());

    assertThat(seen.problems()).isEmpty();
    assertThat(seen.toKnow())
        .containsExactly("n keeps one row of those with an equal (v), where t keeps every row");
  }

  @Test
  void equalRowsOfATableThatReplacesThemAreComparedToo() {
    String table =
        "CREATE TABLE %s (k UInt64, d Date, v String) ENGINE ReplacingMergeTree(d) ORDER BY k";
    database.run("DROP TABLE t SYNC");
    database.run(table.formatted("t"));
    database.run(table.formatted("n"));

    CopyPreviews.Seen seen = previews.look(LIVE, true, Optional.empty());

    assertThat(seen.toKnow()).isEmpty();
    assertThat(seen.statements())
        .anyMatch(s -> s.contains("uniqExact(cityHash64(k, _partition_id))"))
        .anyMatch(s -> s.contains("(d, _block_number, _part_offset)"));
  }

  @Test
  void aTargetThatIsNotThereYet() {
    CopyPreviews.Seen seen = previews.look(LIVE, false, Optional.empty());

    assertThat(seen.problems()).isEmpty();
    assertThat(seen.moves().rows()).isEqualTo(200_000);
    assertThat(seen.moves().chunks()).isGreaterThan(4);
    assertThat(seen.moves().disks()).hasSize(1);
    assertThat(seen.statements()).anyMatch(s -> s.contains("columns of"));
  }

  @Test
  void partitionsThatWouldBeLinked() {
    database.run("CREATE TABLE n AS t");
    TableCopy links = Mover.hardLinks("t", "n");

    CopyPreviews.Seen seen = previews.look(links, true, Optional.empty());

    assertThat(seen.problems()).isEmpty();
    assertThat(seen.moves().chunks()).isEqualTo(2);
    assertThat(seen.moves().disks()).allSatisfy(disk -> assertThat(disk.needed()).isZero());
    mover.startCopy(links);
    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
    assertThat(mover.chunks()).hasSize(2);
  }

  /** All of them, where a run ends with the first. */
  @Test
  void everyDifferenceOfTablesThatCannotBeLinked() {
    database.run(
        "CREATE TABLE n (k UInt64, d Date) ENGINE MergeTree PARTITION BY d ORDER BY (d, k) TTL d + INTERVAL 99 YEAR");

    assertThat(messages(Mover.hardLinks("t", "n")))
        .hasSize(5)
        .anyMatch(m -> m.contains("the columns of"))
        .anyMatch(m -> m.contains("the partition key of"))
        .anyMatch(m -> m.contains("the sorting key of"))
        .anyMatch(m -> m.contains("the primary key of"))
        .anyMatch(m -> m.contains("has a TTL"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INSERT INTO n VALUES (1, '2024-01-01', '') | must be empty before it is copied to",
        "ALTER TABLE t MODIFY TTL d + INTERVAL 1 DAY GROUP BY k SET d = max(d) | has a TTL of a column or with GROUP BY",
        "ALTER TABLE t ADD COLUMN x UInt8 | has columns that",
      })
  void whatTheCopyWouldBeRefusedFor(String change, String why) {
    target();
    database.run(change);

    assertThat(messages(LIVE)).singleElement().satisfies(m -> assertThat(m).contains(why));
    mover.startCopy(LIVE);
    Problem refused = ((EffectView.Failed) mover.end()).problem();
    assertThat(refused.message()).contains(why);
  }

  @Test
  void anEngineWhoseMergesChangeRows() {
    database.run("DROP TABLE t SYNC");
    database.run("CREATE TABLE t (k UInt64, d Date, v UInt64) ENGINE SummingMergeTree ORDER BY k");
    database.run("CREATE TABLE n AS t");

    assertThat(messages(LIVE)).anyMatch(m -> m.contains("engine SummingMergeTree"));
  }

  @Test
  void aMutationThatHasNotEnded() {
    target();
    database.run("SYSTEM STOP MERGES t");
    try {
      database.run("ALTER TABLE t UPDATE v = 'x' WHERE k = 1 SETTINGS mutations_sync = 0");

      assertThat(previews.look(LIVE, true, Optional.empty()).problems())
          .singleElement()
          .satisfies(p -> assertThat(p.reason()).isEqualTo(Reason.SourceKeepsChanging));
    } finally {
      database.run("SYSTEM START MERGES t");
    }
  }

  /**
   * What the dry run says that a user needs is enough for the copy, the exchange and the way back.
   */
  @Test
  void aUserWithThosePrivilegesAlone(SharedPostgres.Fresh postgres) {
    target();
    TestDatabase limited =
        new TestDatabase(database.server(), new Credentials("mover", ""), database.name());
    try (Mover user = new Mover(limited, postgres.another())) {
      user.startCopy(LIVE);
      assertThat(user.end()).isInstanceOf(EffectView.Finished.class);
      database.run("INSERT INTO t VALUES (1000000, '2024-01-01', 'later')");
      user.startExchange(LIVE, "before");
      assertThat(user.end()).isInstanceOf(EffectView.Finished.class);
      database.run("INSERT INTO t VALUES (1000001, '2024-01-01', 'last')");
      user.startWayBack(LIVE, "before");
      assertThat(user.end()).isInstanceOf(EffectView.Finished.class);
      user.startUndo(LIVE);
      assertThat(user.end()).isInstanceOf(EffectView.Finished.class);
    }
    assertThat(database.run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("200002\t200002");
  }

  private List<String> messages(TableCopy copy) {
    return previews.look(copy, true, Optional.empty()).problems().stream()
        .map(Problem::message)
        .toList();
  }

  private void target() {
    database.run(
        "CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
  }

  private long bytes() {
    return Long.parseLong(
        database.run(
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table = 't'"));
  }
}
