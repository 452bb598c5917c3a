package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What ClickHouse 26.7 does with projections, without any of our code: of a merged part that has
 * one, which is read where that has fewer granules. A version that does otherwise is noticed here.
 */
@ExtendWith(SharedClickHouse.class)
class ProjectionAssumptionsIT {
  private static final String ITSELF = " SETTINGS optimize_use_projections = 0";

  /** Eight rows of three blocks; a projection says that all are of the first one. */
  private static final String LATE = "_block_number > 3";

  private static final String HOW_MANY = "SELECT countIf(k >= 1000000) FROM t";

  private final TestDatabase database;

  ProjectionAssumptionsIT(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void aMergedPart() {
    run("DROP TABLE IF EXISTS t SYNC");
    run(
        "CREATE TABLE t (k UInt64, v String DEFAULT toString(k), PROJECTION p (SELECT * ORDER BY v),"
            + " PROJECTION sums (SELECT v, count() GROUP BY v)) ENGINE MergeTree ORDER BY k"
            + " SETTINGS enable_block_number_column = 1, lightweight_mutation_projection_mode = 'rebuild'");
    run("INSERT INTO t (k) SELECT number FROM numbers(100000)");
    run("DELETE FROM t WHERE k % 4 != 0"); // so that the projection has fewer granules
    for (int block = 3; block <= 5; block++) {
      run("INSERT INTO t (k) SELECT number + %d FROM numbers(4)".formatted(1_000_000 + block * 10));
    }
    run("OPTIMIZE TABLE t FINAL");
  }

  @Test
  void blocksAreReadRightlyOnlyWithoutThem() {
    assertThat(run("SELECT count() FROM t WHERE " + LATE)).isEqualTo("0");
    assertThat(run("SELECT count() FROM t WHERE " + LATE + ITSELF)).isEqualTo("8");
  }

  @Test
  void noMutationFindsRowsByTheirBlock() {
    run("DELETE FROM t WHERE " + LATE + " SETTINGS lightweight_deletes_sync = 2");
    run("ALTER TABLE t DELETE WHERE " + LATE + " SETTINGS mutations_sync = 2");

    assertThat(run(HOW_MANY + ITSELF)).isEqualTo("12");
  }

  @Test
  void oneThatMaterializesAProjectionDoes() {
    run(
        "ALTER TABLE t DELETE IN PARTITION ID 'all' WHERE %s, MATERIALIZE PROJECTION sums IN PARTITION ID 'all'"
                .formatted(LATE)
            + " SETTINGS mutations_sync = 2");

    assertThat(run(HOW_MANY + ITSELF)).isEqualTo("4");
    assertThat(run(HOW_MANY + " WHERE v != ''")).isEqualTo("4");
    assertThat(run("SELECT sum(c) FROM (SELECT v, count() AS c FROM t GROUP BY v)"))
        .isEqualTo("25004");
  }

  private String run(String sql) {
    return database.run(sql);
  }
}
