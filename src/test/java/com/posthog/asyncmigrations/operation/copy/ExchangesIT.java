package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.Inserting;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A copy takes its source's name while clients insert, and gives it back. */
class ExchangesIT extends Moving {
  private static final TableCopy COPY = Mover.live("t", "n", 50_000);
  private static final int FIRST = 1_000_000;

  ExchangesIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  @BeforeEach
  void tables() {
    months();
    database.run(
        "CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toMonday(d) ORDER BY (v, k)");
  }

  @Test
  void everyRowIsThereOnceWhileClientsInsert() {
    try (Inserting inserting = new Inserting(database, "t", 3, FIRST)) {
      exchange();
      Awaitility.await().until(() -> inserting.rows() > 1_000);
      inserting.stop();

      assertThat(sortingKey("t")).isEqualTo("v, k");
      assertThat(sortingKey("backup")).isEqualTo("k");
      everyRowOnce(inserting);
    }
    nothingIsLeft();
    mergesAreOn("t");
  }

  @Test
  void theWayBackLosesNothing() {
    try (Inserting inserting = new Inserting(database, "t", 3, FIRST)) {
      exchange();
      long had = inserting.rows();
      Awaitility.await().until(() -> inserting.rows() > had + 1_000);

      mover.startWayBack(COPY, "backup");
      finished();
      inserting.stop();

      assertThat(sortingKey("t")).isEqualTo("k");
      assertThat(sortingKey("n")).isEqualTo("v, k");
      everyRowOnce(inserting);
    }
    nothingIsLeft();
    mergesAreOn("t");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theWayBackKeepsWhatWasDeletedSince(boolean live) {
    TableCopy copy = live ? COPY : Mover.still("t", "n", 50_000);
    exchanged(copy);
    database.run("ALTER TABLE t DELETE WHERE k % 2 = 0 SETTINGS mutations_sync = 1");
    if (live) {
      database.run("INSERT INTO t VALUES (5000000, '2024-01-03', 'x')");
    }

    exchangedBack(copy);

    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(database.run("SELECT count() - countIf(v = 'x'), countIf(v = 'x') FROM t"))
        .isEqualTo(live ? "100000\t1" : "100000\t0");
  }

  /** An INSERT that began before the exchange ends after it: until then nothing else goes on. */
  @Test
  void aStopDuringTheExchangeWaitsForTheLateRows() {
    copied();
    insertsSlowly(
        "SELECT 6000000 + number, '2024-01-03', if(sleepEachRow(0.5) = 0, 'late', '') FROM numbers(8)");
    mover.startExchange(COPY, "backup");
    Awaitility.await().until(() -> sortingKey("t").equals("v, k"));

    mover.kill();

    finished();
    assertThat(database.run("SELECT count(), countIf(v = 'late') FROM t")).isEqualTo("200008\t8");
    nothingIsLeft();
    mergesAreOn("t");
  }

  /** Its INSERTs are in no list, and one that began before the exchange goes to the old table. */
  @Test
  void whatAStreamWritesForAMinuteAfterTheExchangeIsMovedToo() {
    exchangedBesideAStream();

    database.run("INSERT INTO backup VALUES (5000000, '2024-01-03', 'x')");
    Awaitility.await().until(() -> count("t") == 200_001);
    database.run("INSERT INTO backup VALUES (5000001, '2024-01-03', 'y')");
    Awaitility.await().until(() -> count("t") == 200_002);
    mover.passes(LateWriters.STREAMS_END);

    finished();
    assertThat(database.run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("200002\t200002");
    nothingIsLeft();
    mergesAreOn("t");
  }

  /** Readers miss them until they are in. */
  @Test
  void lateRowsAreMovedHoweverBusyTheServerIs() {
    database.run("ALTER TABLE t MODIFY SETTING parts_to_delay_insert = 20");
    exchangedBesideAStream();
    database.run("SYSTEM STOP MERGES backup");
    for (int i = 0; i < 17; i++) {
      database.run("INSERT INTO backup VALUES (%d, '2024-01-03', 'x')".formatted(5_000_000 + i));
    }

    Awaitility.await().until(() -> count("t") == 200_017);
    mover.passes(LateWriters.STREAMS_END);

    finished();
    assertThat(count("t")).isEqualTo(200_017);
  }

  private void exchangedBesideAStream() {
    database.run(
        "CREATE TABLE stream (k UInt64, d Date, v String) ENGINE Kafka SETTINGS kafka_broker_list = '127.0.0.1:1',"
            + " kafka_topic_list = 'events', kafka_group_name = 'events', kafka_format = 'JSONEachRow'");
    copied();
    mover.startExchange(COPY, "backup");
    assertThat(waiting(mover).message()).contains("what Kafka tables still write");
  }

  @Test
  void withoutBlockNumbersTheWayBackIsRefusedOnceRowsHaveArrived() {
    TableCopy still = Mover.still("t", "n", 50_000);
    mover.startCopy(still);
    mover.end();
    mover.startExchange(still, "backup");
    finished();
    database.run("INSERT INTO t VALUES (5000000, '2024-01-03', 'x')");

    mover.startWayBack(still, "backup");

    assertThat(problem().reason()).isEqualTo(Reason.Irreversible);
    assertThat(database.run("SELECT count() FROM t")).isEqualTo("200001");
  }

  @Test
  void theWayBackOfWhatNeverRanChangesNothing() {
    mover.startWayBack(COPY, "backup");
    assertThat(mover.end()).isEqualTo(new EffectView.Finished(0));
    copied();
    mover.startWayBack(COPY, "backup");
    assertThat(mover.end()).isEqualTo(new EffectView.Finished(0));
    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(sortingKey("n")).isEqualTo("v, k");
  }

  @Test
  void twiceChangesNothing() {
    exchange();
    mover.dies();
    mover.startExchange(COPY, "backup");
    finished();
    assertThat(sortingKey("t")).isEqualTo("v, k");
  }

  /** A table that was put in the place of the source is not the one that was copied. */
  @Test
  void anotherTableOfThatNameIsRefused() {
    copied();
    database.run("RENAME TABLE t TO other");
    database.run("CREATE TABLE t AS other");

    mover.startExchange(COPY, "backup");

    assertThat(problem().reason()).isEqualTo(Reason.SourceChanged);
    assertThat(sortingKey("t")).isEqualTo("k");
  }

  @Test
  void aColumnThatWasAddedMeanwhileIsNoticed() {
    copied();
    database.run("ALTER TABLE t ADD COLUMN x UInt8");

    mover.startExchange(COPY, "backup");

    assertThat(problem().reason()).isIn(Reason.SourceChanged, Reason.InvalidPlan);
    assertThat(sortingKey("t")).isEqualTo("k");
  }

  /** Block numbers cannot tell them: their numbers are new, but so are those of any part. */
  @Test
  void rowsThatWereRemovedMeanwhileAreNoticed() {
    copied();
    database.run("ALTER TABLE t DROP PARTITION ID '202402'");

    mover.startExchange(COPY, "backup");

    assertThat(problem().reason()).isEqualTo(Reason.SourceChanged);
    assertThat(sortingKey("t")).isEqualTo("k");
  }

  @Test
  void aPartThatIsAttachedFromElsewhereIsCopiedToo() {
    copied();
    database.run("CREATE TABLE e AS t");
    database.run("INSERT INTO e VALUES (7000000, '2024-01-03', 'e')");
    database.run("ALTER TABLE t ATTACH PARTITION ID '202401' FROM e");

    mover.startExchange(COPY, "backup");

    finished();
    assertThat(database.run("SELECT count(), countIf(v = 'e') FROM t")).isEqualTo("200001\t1");
  }

  @Test
  void aTargetIntoWhichSomebodyElseWritesIsNotExchanged() {
    copied();
    database.run("INSERT INTO n VALUES (5000000, '2024-01-03', 'x')");

    mover.startExchange(COPY, "backup");

    Problem refused = problem();
    assertThat(refused.reason()).isEqualTo(Reason.SourceChanged);
    assertThat(refused.message()).contains("t has 200000 rows, and ", " has 200001 of them: ");
    assertThat(sortingKey("t")).isEqualTo("k");
  }

  @Test
  void viewsStillFire() {
    database.run("CREATE TABLE seen (k UInt64) ENGINE MergeTree ORDER BY k");
    database.run("CREATE MATERIALIZED VIEW mv TO seen AS SELECT k FROM t");
    exchange();
    database.run("INSERT INTO t VALUES (5000000, '2024-01-03', 'x')");
    assertThat(database.run("SELECT count() FROM seen WHERE k = 5000000")).isEqualTo("1");
  }

  @Test
  void aTableThatNobodyMayChangeMeanwhile() {
    TableCopy still = Mover.still("t", "n", 50_000);
    mover.startCopy(still);
    mover.end();
    database.run("INSERT INTO t VALUES (5000000, '2024-01-03', 'x')");
    mover.startExchange(still, "backup");
    assertThat(problem().reason()).isEqualTo(Reason.SourceChanged);

    database.run("ALTER TABLE t DELETE WHERE k = 5000000 SETTINGS mutations_sync = 1");
    mover.startExchange(still, "backup");
    finished();
    assertThat(sortingKey("t")).isEqualTo("v, k");
  }

  private void copied() {
    mover.startCopy(COPY);
    finished();
  }

  private void exchange() {
    exchanged(COPY);
  }

  private void everyRowOnce(Inserting inserting) {
    assertThat(database.run("SELECT count() - uniqExact(k), countIf(k < 200000) FROM t"))
        .isEqualTo("0\t200000");
    long inserted = Long.parseLong(database.run("SELECT countIf(k >= 1000000) FROM t"));
    assertThat(inserted).isBetween(inserting.rows(), inserting.atMost());
  }
}
