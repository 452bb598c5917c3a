package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows that arrive in many partitions at once are copied by few statements. */
class ManyPartitionsIT extends Moving {
  private static final int PARTITIONS = 20;
  private static final TableCopy COPY = Mover.live("t", "n", 100_000);

  ManyPartitionsIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PARTITION BY d | 1",
        "PARTITION BY toDate(d) | 20",
        "PARTITION BY toMonday(d) | 20"
      })
  void whereEachRowStaysInItsPartition(String partitions, int statements) {
    tables("MergeTree", partitions);
    mover.startCopy(COPY);
    assertThat(mover.rowsAtEnd()).isEqualTo(PARTITIONS);

    arrive(2, "toString(number)");
    mover.startExchange(COPY, "backup");
    finished();

    List<Chunk> late = late();
    assertThat(late)
        .hasSize(PARTITIONS)
        .allMatch(chunk -> chunk.published() && chunk.rows() == 2)
        .extracting(chunk -> Works.of(chunk).hash())
        .doesNotHaveDuplicates();
    assertThat(late.stream().map(Works::queryId).distinct()).hasSize(statements);
    same("t", "backup");
    assertThat(count("t")).isEqualTo(3 * PARTITIONS);
    nothingIsLeft();
  }

  /** What 20 of them need at once is too much, and what each needs is not. */
  @Test
  void whatIsTooMuchAtOnceIsCopiedOneByOne() {
    TableCopy modest =
        new TableCopy(
            "t",
            "n",
            Map.of(),
            List.of(),
            true,
            100_000,
            Map.of("max_memory_usage", "40000000", "max_threads", "1"));
    tables("MergeTree", "PARTITION BY d");
    mover.startCopy(modest);
    finished();

    arrive(1, "repeat(repeat('x', 1000), 2000)");
    mover.startExchange(modest, "backup");
    finished();

    assertThat(late().stream().map(Works::queryId).distinct()).hasSize(PARTITIONS);
    same("t", "backup");
    assertThat(count("t")).isEqualTo(2 * PARTITIONS);
    nothingIsLeft();
  }

  /** A row replaces one of the same key in its partition, and none in another one. */
  @Test
  void ofRowsWithAnEqualKeyTheLastOneOfEachPartitionStays() {
    tables("ReplacingMergeTree", "PARTITION BY d");
    mover.startCopy(COPY);
    finished();

    for (String value : List.of("'first'", "'second'", "'last'")) {
      run(
          "INSERT INTO t SELECT 7, toDate('2024-01-01') + number, %s FROM numbers(%d)"
              .formatted(value, PARTITIONS));
    }
    mover.startExchange(COPY, "backup");
    finished();

    assertThat(late().stream().map(Works::queryId).distinct()).hasSize(1);
    assertThat(
            run(
                "SELECT v, count() FROM t FINAL WHERE k = 7 GROUP BY v SETTINGS do_not_merge_across_partitions_select_final = 1"))
        .isEqualTo("last\t" + PARTITIONS);
  }

  private void tables(String engine, String partitions) {
    run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE %s PARTITION BY d ORDER BY k SETTINGS %s"
            .formatted(engine, EqualRowsIT.UNMERGED));
    run(
        "CREATE TABLE n (k UInt64, d Date, v String) ENGINE %s %s ORDER BY %s"
            .formatted(engine, partitions, engine.equals("MergeTree") ? "v" : "k"));
    run(
        "INSERT INTO t SELECT number + 1000, toDate('2024-01-01') + number, 'x' FROM numbers(%d)"
            .formatted(PARTITIONS));
  }

  /** So many rows in each partition. */
  private void arrive(int rows, String value) {
    run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number %% %1$d, %2$s FROM numbers(%3$d)"
            .formatted(PARTITIONS, value, rows * PARTITIONS));
  }

  private List<Chunk> late() {
    return mover.chunks().stream().filter(c -> c.round() > 0).toList();
  }
}
