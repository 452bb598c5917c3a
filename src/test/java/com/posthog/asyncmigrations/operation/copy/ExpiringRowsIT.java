package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that remove rows by their age, all the time. */
class ExpiringRowsIT extends Moving {
  private static final TableCopy COPY = Mover.live("t", "n", 10_000);

  /** One that removes what has expired at once, as far as it merges. */
  private static final String TTL = " TTL at + INTERVAL 1 DAY ";

  private static final String EAGER = " SETTINGS merge_with_ttl_timeout = 0";

  /** Of a hundred rows of each key ten stay, and the others expire within half a minute. */
  private static final String ROWS =
      "INSERT INTO t SELECT number, if(number %% 10 = 0, now() + INTERVAL 9 DAY,"
          + " now() - INTERVAL 1 DAY + INTERVAL number %% 30 SECOND), toString(number)"
          + " FROM numbers(%d, %d)";

  private static final String LAST = "SELECT countIf(k % 10 = 0), count() - uniqExact(k) FROM ";

  ExpiringRowsIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  @ParameterizedTest
  @CsvSource({
    "MergeTree, true, true",
    "MergeTree, true, false",
    "MergeTree, false, true",
    "ReplacingMergeTree, true, true"
  })
  void thoseThatLastAreThereOnceAndComeBack(String engine, boolean here, boolean there) {
    table("t", engine, "ORDER BY k" + (here ? TTL : ""));
    table("n", engine, "ORDER BY (k, at)" + (there ? TTL : ""));
    run(ROWS.formatted(0, 100_000));
    mover.startCopy(COPY);
    finished();
    run(ROWS.formatted(100_000, 1_000));
    await("some are gone").until(() -> !here || count("t") < 101_000);

    mover.startExchange(COPY, "backup");
    finished();

    assertThat(run(LAST + "t")).isEqualTo("10100\t0");
    run(ROWS.formatted(101_000, 1_000));
    mover.startWayBack(COPY, "backup");
    finished();

    assertThat(run(LAST + "t")).isEqualTo("10200\t0");
    assertThat(sortingKey("t")).isEqualTo("k");
    mergesAreOn("t");
    nothingIsLeft();
  }

  /** What is copied knows when it expires, as what is inserted does; the way back stays open. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theNewTableRemovesThemToo(boolean live) {
    TableCopy copy = live ? COPY : Mover.still("t", "n", 10_000);
    table("t", "MergeTree", "ORDER BY k");
    table("n", "MergeTree", "ORDER BY (k, at)" + TTL);
    run(ROWS.formatted(0, 100_000));

    exchanged(copy);

    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(count("t")).isEqualTo(10_000));
    assertThat(count("backup")).isEqualTo(100_000);
    exchangedBack(copy);
    assertThat(count("t")).isEqualTo(100_000);
  }

  @Test
  void thoseThatGoInAnotherWayAreNoticed() {
    table("t", "MergeTree", "PARTITION BY k % 2 ORDER BY k" + TTL);
    table("n", "MergeTree", "PARTITION BY k % 2 ORDER BY (k, at)" + TTL);
    run(ROWS.formatted(0, 100_000));
    mover.startCopy(COPY);
    finished();
    run("ALTER TABLE t DROP PARTITION ID '0'");

    mover.startExchange(COPY, "backup");

    Problem noticed = problem();
    assertThat(noticed.reason()).isEqualTo(Reason.SourceChanged);
    assertThat(noticed.message())
        .contains(
            "t has 0 rows that no TTL removes within the hour",
            "has 10000 of them: rows came or went in another way");
    assertThat(sortingKey("t")).isEqualTo("k");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ALTER TABLE t MODIFY COLUMN v String TTL at + INTERVAL 1 DAY | t has a TTL of a column or with GROUP BY, which changes rows",
        "ALTER TABLE t MODIFY TTL at + INTERVAL 1 DAY GROUP BY k SET v = max(v) | t has a TTL of a column or with GROUP BY",
        "ALTER TABLE n MODIFY COLUMN v String TTL at + INTERVAL 1 DAY | n has a TTL of a column or with GROUP BY; add it in an operation after",
        "ALTER TABLE n MODIFY COLUMN at DateTime64(3) | speaks of at, which must be the same column in both",
      })
  void whatCannotBeComparedIsRefused(String change, String why) {
    table("t", "MergeTree", "ORDER BY k" + TTL);
    table("n", "MergeTree", "ORDER BY (k, k + 1)");
    run(change);

    mover.startCopy(COPY);

    Problem refused = problem();
    assertThat(refused.reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(refused.message()).contains(why);
  }

  private void table(String name, String engine, String keys) {
    run(
        "CREATE TABLE %s (k UInt64, at DateTime, v String) ENGINE %s %s%s"
            .formatted(name, engine, keys, keys.contains("TTL") ? EAGER : ""));
  }
}
