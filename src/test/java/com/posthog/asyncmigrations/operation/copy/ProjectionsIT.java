package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables that keep their rows in another order too, or sums of them. */
class ProjectionsIT extends Moving {
  private static final TableCopy COPY = Mover.live("t", "n", 20_000);

  private static final String PROJECTIONS =
      ", PROJECTION ordered (SELECT k, d, v ORDER BY v), PROJECTION sums (SELECT d, count(), sum(k) GROUP BY d)";

  ProjectionsIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  /** What is copied has them at once, and the way back keeps those of the other table. */
  @ParameterizedTest
  @CsvSource({
    "MergeTree, MergeTree, true, true",
    "MergeTree, MergeTree, true, false",
    "MergeTree, MergeTree, false, true",
    "ReplacingMergeTree, ReplacingMergeTree, true, true"
  })
  void everyPartHasThem(String from, String to, boolean there, boolean here) {
    table("t", from, there, "PARTITION BY toYYYYMM(d) ORDER BY k");
    table("n", to, here, "PARTITION BY toMonday(d) ORDER BY (k, v)");
    rows(0, 200_000);
    mover.startCopy(COPY);
    rows(200_000, 1_000);
    finished();
    rows(201_000, 1_000);

    Thread late =
        insertsSlowly(
            "SELECT number, toDate('2024-01-01'), if(sleepEachRow(0.5) = 0, toString(number), '') FROM numbers(202000, 8)");
    mover.startExchange(COPY, "backup");
    finished();

    assertThat(late.isAlive()).isFalse();
    assertThat(count("t")).isEqualTo(202_008);
    haveThem("t", here);
    rows(203_000, 1_000);
    mover.startWayBack(COPY, "backup");
    finished();

    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("203008\t203008");
    assertThat(sortingKey("t")).isEqualTo("k");
    haveThem("t", there);
    mergesAreOn("t");
    nothingIsLeft();
  }

  /**
   * ClickHouse 26.7 reads a projection where that has fewer granules, and then takes all rows of a
   * merged part for rows of its first block: neither a round nor a DELETE would find them.
   */
  @Test
  void blocksAreNotReadFromThem() {
    run(
        "CREATE TABLE t (k UInt64, d Date, v String, PROJECTION p (SELECT * ORDER BY v)) ENGINE MergeTree"
            + " ORDER BY k SETTINGS enable_block_number_column = 1, lightweight_mutation_projection_mode = 'rebuild'");
    table("n", "MergeTree", false, "ORDER BY k");
    rows(0, 100_000);
    run("DELETE FROM t WHERE k % 4 != 0");
    mover.startCopy(COPY);
    finished();
    rows(200_000, 1_000);
    run("OPTIMIZE TABLE t FINAL");
    assertThat(run("EXPLAIN SELECT count() FROM t WHERE _block_number > 2")).contains("(p)");

    insertsSlowly(
        "SELECT number, toDate('2024-01-01'), if(sleepEachRow(0.5) = 0, toString(number), '') FROM numbers(201000, 8)");
    mover.startExchange(COPY, "backup");
    finished();

    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("26008\t26008");
    run("OPTIMIZE TABLE backup FINAL");
    rows(202_000, 1_000);
    mover.startWayBack(COPY, "backup");
    finished();

    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("27008\t27008");
    assertThat(run("SELECT count(), uniqExact(k) FROM t WHERE v != ''"))
        .as("read through the projection")
        .isEqualTo("27008\t27008");
    nothingIsLeft();
  }

  /** All parts that have rows. */
  private void haveThem(String table, boolean have) {
    assertThat(
            run(
                "SELECT countIf(length(projections) != %d) FROM system.parts WHERE active"
                        .formatted(have ? 2 : 0)
                    + " AND database = currentDatabase() AND table = '%1$s' AND name IN (SELECT _part FROM %1$s)"
                        .formatted(table)))
        .isEqualTo("0");
    if (have) {
      assertThat(
              run(
                  "SELECT sum(k) = (SELECT sum(k) FROM %1$s WHERE ignore(v) = 0) FROM %1$s"
                          .formatted(table)
                      + " SETTINGS force_optimize_projection = 0"))
          .isEqualTo("1");
    }
  }

  private void rows(long from, long count) {
    run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number %% 90, toString(number) FROM numbers(%d, %d)"
            .formatted(from, count));
  }

  private void table(String name, String engine, boolean projections, String keys) {
    run(
        "CREATE TABLE %s (k UInt64, d Date, v String%s) ENGINE %s %s%s"
            .formatted(
                name,
                projections ? PROJECTIONS : "",
                engine,
                keys,
                engine.startsWith("Replacing") && projections
                    ? " SETTINGS deduplicate_merge_projection_mode = 'rebuild'"
                    : ""));
  }
}
