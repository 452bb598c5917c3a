package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a copy takes for granted of the server, without any of our code: a version that behaves
 * otherwise is noticed here, by name.
 */
@ExtendWith(SharedClickHouse.class)
class ServerAssumptionsIT {
  private final TestDatabase database;

  ServerAssumptionsIT(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void dropTables() {
    database.dropTables();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MergeTree          |                                   | OPTIMIZE TABLE t FINAL",
        "ReplacingMergeTree |                                   | OPTIMIZE TABLE t FINAL",
        "MergeTree          | , min_bytes_for_wide_part = 0     | ALTER TABLE t UPDATE v = 'x' WHERE k = 2 SETTINGS mutations_sync = 1",
        "MergeTree          | , min_bytes_for_wide_part = 0     | DELETE FROM t WHERE k = 2"
      })
  void rowsKeepTheNumberOfTheirBlock(String engine, String settings, String change) {
    numbered(engine, settings == null ? "" : settings);
    String numbers = numbers();
    assertThat(numbers).isEqualTo("1\t1\n3\t3");

    run(change);
    assertThat(numbers()).isEqualTo(numbers);

    run("OPTIMIZE TABLE t FINAL");
    assertThat(numbers()).isEqualTo(numbers);
    assertThat(parts("t")).isEqualTo(1);
  }

  @Test
  void rowsKeepTheNumberOfTheirBlockInAVerticalMerge() {
    numbered(
        "MergeTree",
        ", min_bytes_for_wide_part = 0, vertical_merge_algorithm_min_rows_to_activate = 1,"
            + " vertical_merge_algorithm_min_columns_to_activate = 1");
    String numbers = numbers();

    run("OPTIMIZE TABLE t FINAL");

    assertThat(numbers()).isEqualTo(numbers);
    run("SYSTEM FLUSH LOGS");
    assertThat(
            run(
                "SELECT DISTINCT merge_algorithm FROM system.part_log WHERE event_type = 'MergeParts'"
                    + " AND database = currentDatabase() AND table_uuid ="
                    + " (SELECT uuid FROM system.tables WHERE database = currentDatabase() AND name = 't')"))
        .isEqualTo("Vertical");
  }

  /** Rows of a part that was merged before are told from those of later blocks. */
  @Test
  void aPartThatWasMergedBeforeTheSettingKeepsItsNumberToo() {
    run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
    run("INSERT INTO t VALUES (1)");
    run("INSERT INTO t VALUES (2)");
    run("OPTIMIZE TABLE t FINAL");
    run("ALTER TABLE t MODIFY SETTING enable_block_number_column = 1");
    run("INSERT INTO t VALUES (3)");

    run("OPTIMIZE TABLE t FINAL");

    assertThat(run("SELECT k FROM t WHERE _block_number <= 2 ORDER BY k")).isEqualTo("1\n2");
    assertThat(run("SELECT k FROM t WHERE _block_number > 2")).isEqualTo("3");
  }

  @Test
  void resettingTheSettingLosesTheNumbersAtTheNextMerge() {
    numbered("MergeTree", "");
    run("ALTER TABLE t RESET SETTING enable_block_number_column");
    assertThat(numbers()).isEqualTo("1\t1\n3\t3");

    run("OPTIMIZE TABLE t FINAL");

    assertThat(run("SELECT uniqExact(_block_number) FROM t")).isEqualTo("1");
  }

  @Test
  void rowsCanBeDeletedByTheNumberOfTheirBlock() {
    numbered("MergeTree", "");

    run("DELETE FROM t WHERE _block_number > 1 SETTINGS lightweight_deletes_sync = 2");

    assertThat(run("SELECT k FROM t")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INSERT INTO s VALUES (2)",
        "ALTER TABLE t ATTACH PARTITION ID 'all' FROM s",
        "ALTER TABLE t REPLACE PARTITION ID 'all' FROM s",
        "EXCHANGE TABLES t AND s",
        "RENAME TABLE s TO u"
      })
  void aNameThatATableHasNoMoreIsUnknown(String late) {
    run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
    run("CREATE TABLE s AS t");
    run("INSERT INTO s VALUES (1)");
    run("RENAME TABLE s TO s_of_a_successor");

    assertThatThrownBy(() -> run(late)).hasMessageContaining("UNKNOWN_TABLE");

    assertThat(run("SELECT count() FROM t")).isEqualTo("0");
  }

  /** Why a scratch is not taken over while its INSERT may run. */
  @Test
  void anInsertGoesOnIntoATableThatIsRenamedAndTruncated() throws InterruptedException {
    run("CREATE TABLE s (k UInt64) ENGINE MergeTree ORDER BY k");
    Thread insert =
        new Thread(
            () ->
                run(
                    "INSERT INTO s SELECT number FROM numbers(30) WHERE sleepEachRow(0.1) = 0 SETTINGS"
                        + " max_block_size = 1, min_insert_block_size_rows = 1, min_insert_block_size_bytes = 0,"
                        + " function_sleep_max_microseconds_per_block = 0, async_insert = 0"));
    insert.start();
    await().until(() -> !run("SELECT count() FROM s").equals("0"));

    run("RENAME TABLE s TO u");
    run("TRUNCATE TABLE u");
    insert.join(Duration.ofMinutes(1).toMillis());

    assertThat(Integer.parseInt(run("SELECT count() FROM u"))).isBetween(1, 29);
  }

  /** Why a scratch has none. */
  @Test
  void aDeleteTtlEmptiesATableWhoseMergesAreOff() {
    run(
        "CREATE TABLE s (k UInt64, at DateTime) ENGINE MergeTree ORDER BY k TTL at + INTERVAL 2 SECOND SETTINGS"
            + " max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,"
            + " merge_with_ttl_timeout = 0");
    run("INSERT INTO s SELECT number, now() FROM numbers(100)");
    assertThat(run("SELECT count() FROM s")).isEqualTo("100");

    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(run("SELECT count() FROM s")).isEqualTo("0"));
  }

  @Test
  void replacingAPartitionMayBeRepeatedAndAttachingOneMayNot() {
    twoOfOneShape();

    run("ALTER TABLE t REPLACE PARTITION ID '1' FROM s");
    run("ALTER TABLE t REPLACE PARTITION ID '1' FROM s");
    assertThat(run("SELECT count() FROM t")).isEqualTo("50");

    run("ALTER TABLE t ATTACH PARTITION ID '1' FROM s");
    assertThat(run("SELECT count() FROM t")).isEqualTo("100");
  }

  /** By which it is told whether a part has arrived. */
  @Test
  void aPartHasTheSameHashInEveryTableItIsAttachedTo() {
    twoOfOneShape();
    run("ALTER TABLE t ATTACH PARTITION ID '1' FROM s");
    run("CREATE TABLE u AS t");
    run("ALTER TABLE u REPLACE PARTITION ID '1' FROM t");

    assertThat(hash("t")).isEqualTo(hash("s")).isEqualTo(hash("u")).hasSize(32);
  }

  /** Why a partition of the target is replaced only when all that give rows to it are copied. */
  @Test
  void replacingAPartitionDropsWhatAnotherTableHasGivenToItAndSaysNothing() {
    twoOfOneShape();
    run("CREATE TABLE other AS t");
    run("INSERT INTO other VALUES (1001, 1)");
    run("ALTER TABLE t REPLACE PARTITION ID '1' FROM s");

    run("ALTER TABLE t REPLACE PARTITION ID '1' FROM other");

    assertThat(run("SELECT k FROM t")).isEqualTo("1001");
  }

  @Test
  void aPartitionIsNotReplacedByAnEmptyOneUnlessThatIsAllowed() {
    twoOfOneShape();
    run("CREATE TABLE nothing AS t");
    run("ALTER TABLE t REPLACE PARTITION ID '1' FROM s");

    assertThatThrownBy(() -> run("ALTER TABLE t REPLACE PARTITION ID '1' FROM nothing"))
        .hasMessageContaining("allow_replace_partition_from_empty_source");

    assertThat(run("SELECT count() FROM t")).isEqualTo("50");
  }

  /** Why the identities of both tables are looked at before. */
  @Test
  void exchangingTwiceSwapsBackAndViewsFollowTheName() {
    run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
    run("CREATE TABLE s AS t");
    run("CREATE TABLE seen AS t");
    run("CREATE MATERIALIZED VIEW mv TO seen AS SELECT k FROM t");
    String were = identities();

    run("EXCHANGE TABLES t AND s");
    assertThat(identities()).isNotEqualTo(were);
    run("INSERT INTO t VALUES (1)");
    run("INSERT INTO s VALUES (2)");
    assertThat(run("SELECT k FROM seen")).isEqualTo("1");

    run("EXCHANGE TABLES t AND s");
    assertThat(identities()).isEqualTo(were);
    assertThat(run("SELECT k FROM t")).isEqualTo("2");
  }

  /** Why mutations are waited for. */
  @Test
  void untilAMutationIsDoneTheOldValuesAreRead() {
    numbered("MergeTree", "");
    run("SYSTEM STOP MERGES t");
    run("ALTER TABLE t UPDATE v = 'new' WHERE k = 1 SETTINGS mutations_sync = 0, alter_sync = 0");
    assertThat(run("SELECT v FROM t WHERE k = 1")).isEqualTo("1");

    run("SYSTEM START MERGES t");

    await().untilAsserted(() -> assertThat(run("SELECT v FROM t WHERE k = 1")).isEqualTo("new"));
  }

  /** By which partitions are told whose rows such an update has changed, merged in or not. */
  @Test
  void aLightweightUpdateHasAVersionThatIsNewAndThatAMergeTakesOver() {
    numbered("MergeTree", ", enable_block_offset_column = 1");
    run("UPDATE t SET v = 'new' WHERE k = 1 SETTINGS allow_experimental_lightweight_update = 1");
    String version = version("match(partition_id, '^patch-[0-9a-f]+-all$')");
    assertThat(Integer.parseInt(version)).isPositive();
    assertThat(version("partition_id = 'all'")).as("of the parts that it is for").isEqualTo("0");

    run("OPTIMIZE TABLE t FINAL");

    assertThat(version("partition_id = 'all'")).isEqualTo(version);
    assertThat(run("SELECT v FROM t WHERE k = 1")).isEqualTo("new");
  }

  private String version(String which) {
    return run(
        "SELECT DISTINCT toUInt64OrZero(splitByChar('_', name)[5]) FROM system.parts WHERE active"
            + " AND database = currentDatabase() AND table = 't' AND "
            + which);
  }

  /** Why a source with such parts is refused. */
  @Test
  void patchPartsCannotBeAttached() {
    run(
        "CREATE TABLE t (k UInt64, v String) ENGINE MergeTree ORDER BY k SETTINGS"
            + " enable_block_number_column = 1, enable_block_offset_column = 1");
    run("CREATE TABLE s AS t");
    run("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    run("UPDATE t SET v = 'new' WHERE k = 1 SETTINGS allow_experimental_lightweight_update = 1");

    assertThatThrownBy(() -> run("ALTER TABLE s REPLACE PARTITION ID 'all' FROM t"))
        .hasMessageContaining("APPLY PATCHES");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Nullable(String)                  | if(k % 3 = 0, NULL, toString(k % 7))",
        "LowCardinality(Nullable(String))  | if(k % 3 = 0, NULL, toString(k % 7))",
        "Map(String, UInt64)               | map('b', k, 'a', k + 1)",
        "Array(Nullable(UInt64))           | [k, NULL, 1]",
        "Tuple(a UInt64, b String)         | (k, toString(k))",
        "Array(Tuple(a UInt64, b String))  | [(k, toString(k))]",
        "Variant(String, UInt64)           | if(k % 2 = 0, k::Variant(String, UInt64), toString(k)::Variant(String, UInt64))",
        "Dynamic                           | if(k % 2 = 0, k::Dynamic, toString(k)::Dynamic)",
        "JSON                              | concat('{\"b\":', toString(k), ',\"a\":{\"c\":[1,2]}}')::JSON",
        "Decimal(38, 9)                    | toDecimal128(k, 9) / 7",
        "Float64                           | multiIf(k % 3 = 0, nan, k % 3 = 1, -0., k / 7)"
      })
  void valuesHashAlikeInACopyOfAnotherOrder(String type, String value) {
    String columns = "(k UInt64, x %s) ENGINE MergeTree PARTITION BY %s ORDER BY %s";
    run(
        "CREATE TABLE t "
            + columns.formatted(type, "k % 3", "k")
            + " SETTINGS index_granularity = 128");
    run("CREATE TABLE s " + columns.formatted(type, "k % 2", "cityHash64(k)"));
    run("INSERT INTO t SELECT number AS k, %s FROM numbers(3000)".formatted(value));

    run("INSERT INTO s SELECT k, x FROM t");
    run("OPTIMIZE TABLE s FINAL");

    assertThat(sums("s")).isEqualTo(sums("t")).startsWith("3000\t");
  }

  private String sums(String table) {
    return run("SELECT count(), sum(cityHash64(tuple(k, x))) FROM " + table);
  }

  /** A table of three blocks, a row in each. */
  private void numbered(String engine, String settings) {
    run(
        "CREATE TABLE t (k UInt64, v String, w String DEFAULT v) ENGINE %s ORDER BY k SETTINGS enable_block_number_column = 1%s"
            .formatted(engine, settings));
    for (int k = 1; k <= 3; k++) {
      run("INSERT INTO t (k, v) VALUES (%d, '%d')".formatted(k, k));
    }
  }

  private String numbers() {
    return run("SELECT k, _block_number FROM t WHERE k != 2 ORDER BY k");
  }

  private void twoOfOneShape() {
    run("CREATE TABLE t (k UInt64, p UInt8) ENGINE MergeTree PARTITION BY p ORDER BY k");
    run("CREATE TABLE s AS t");
    run("INSERT INTO s SELECT number, number % 2 FROM numbers(100)");
  }

  private int parts(String table) {
    return Integer.parseInt(
        run(
            "SELECT count() FROM system.parts WHERE active AND database = currentDatabase() AND table = '%s'"
                .formatted(table)));
  }

  private String hash(String table) {
    return run(
        "SELECT hash_of_all_files FROM system.parts WHERE active AND database = currentDatabase()"
            + " AND partition_id = '1' AND table = '%s'".formatted(table));
  }

  private String identities() {
    return run(
        "SELECT name, uuid FROM system.tables WHERE database = currentDatabase() AND name IN ('t', 's') ORDER BY name");
  }

  private String run(String sql) {
    return database.run(sql);
  }
}
