package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Engines that take several rows for one, and make one of them when they are merged. */
class EqualRowsIT extends Moving {
  private static final TableCopy COPY = Mover.live("t", "n", 100_000);
  private static final TableCopy STILL = Mover.still("t", "n", 20_000);

  /** Parts stay as they are. */
  static final String UNMERGED =
      "max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1";

  EqualRowsIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  /** Of ten rows for each key the last one stays, or the last one of the greatest version. */
  @ParameterizedTest
  @ValueSource(strings = {"ReplacingMergeTree", "ReplacingMergeTree(version)"})
  void theSameOnesStay(String engine) {
    for (String table : List.of("t", "n")) {
      run(
          "CREATE TABLE %s (k UInt64, version UInt8, v UInt64) ENGINE %s ORDER BY k SETTINGS %s"
              .formatted(table, engine, UNMERGED));
    }
    for (int i = 0; i < 10; i++) {
      run(
          "INSERT INTO t SELECT number, %d, %d FROM numbers(50000)"
              .formatted(i < 5 ? 1 : 2 - i % 2, i));
    }
    mover.startCopy(COPY);
    assertThat(mover.rowsAtEnd()).isEqualTo(500_000);
    run("INSERT INTO t SELECT number, 2, 10 FROM numbers(10000)");

    mover.startExchange(COPY, "backup");
    finished();

    mergesAreOn("t");
    String stays = "SELECT v, count() FROM %s FINAL GROUP BY v ORDER BY v";
    assertThat(run(stays.formatted("t")))
        .isEqualTo(run(stays.formatted("backup")))
        .isEqualTo(engine.contains("version") ? "8\t40000\n10\t10000" : "9\t40000\n10\t10000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ReplacingMergeTree(v) ORDER BY k | n keeps one row of those with an equal (k), the one of the greatest v, where t keeps one row of those with an equal (k), the last one",
        "ReplacingMergeTree PARTITION BY v % 2 ORDER BY k | n keeps one row of those with an equal (k) in a partition by v % 2, where t keeps one row of those with an equal (k) anywhere",
        "ReplacingMergeTree ORDER BY (k, v) | n keeps one row of those with an equal (k, v), where t keeps one row of those with an equal (k)"
      })
  void whenOtherOnesStayItIsSaid(String target, String said) {
    run("CREATE TABLE t (k UInt64, v UInt64) ENGINE ReplacingMergeTree ORDER BY k");
    run("INSERT INTO t SELECT number, number FROM numbers(100)");
    run("CREATE TABLE n (k UInt64, v UInt64) ENGINE " + target);

    mover.startCopy(COPY);

    assertThat(finished().output().orElseThrow()).startsWith(said + ": ");
    same("t", "n");
  }

  @Test
  void mergesOfASummingTableAreNoChangeOfIt() {
    summing();
    mover.startCopy(STILL);
    assertThat(mover.rowsAtEnd()).isEqualTo(10_000);
    run("SYSTEM START MERGES t");
    run("OPTIMIZE TABLE t FINAL");
    assertThat(count("t")).isEqualTo(5_000);

    mover.startExchange(STILL, "backup");
    finished();

    assertThat(run("SELECT sum(v), uniqExact(k) FROM t")).isEqualTo("15000\t5000");
    run("OPTIMIZE TABLE t FINAL");
    exchangedBack(STILL);
    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("SELECT sum(v), uniqExact(k) FROM t")).isEqualTo("15000\t5000");
  }

  @Test
  void anInsertThatMergesHideKeepsTheWayBackClosed() {
    summing();
    exchanged(STILL);
    run("OPTIMIZE TABLE t FINAL");
    run("INSERT INTO t SELECT number, 7 FROM numbers(1000)");

    mover.startWayBack(STILL, "backup");

    assertThat(problem().reason()).isEqualTo(Reason.Irreversible);
    assertThat(run("SELECT sum(v) FROM t")).isEqualTo("22000");
  }

  @Test
  void anInsertThatMergesHideIsNoticed() {
    summing();
    mover.startCopy(STILL);
    finished();
    run("SYSTEM START MERGES t");
    run("OPTIMIZE TABLE t FINAL");
    run("INSERT INTO t SELECT number, 7 FROM numbers(1000)");
    assertThat(count("t")).isLessThan(10_000);

    mover.startExchange(STILL, "backup");

    Problem problem = problem();
    assertThat(problem.reason()).isEqualTo(Reason.SourceChanged);
    assertThat(problem.message())
        .contains("partition all of ", "has got rows since it was copied", "live: None and Pause");
    assertThat(run("SELECT sum(v) FROM t")).isEqualTo("22000");
  }

  private void summing() {
    run("CREATE TABLE t (k UInt64, v UInt64) ENGINE SummingMergeTree ORDER BY k");
    run("SYSTEM STOP MERGES t");
    run("INSERT INTO t SELECT number, 1 FROM numbers(5000)");
    run("INSERT INTO t SELECT number, 2 FROM numbers(5000)");
    run("CREATE TABLE n (k UInt64, v UInt64) ENGINE SummingMergeTree ORDER BY (k % 3, k)");
  }
}
