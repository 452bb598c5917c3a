package com.posthog.asyncmigrations.operation.batch;

import static com.posthog.asyncmigrations.operation.batch.Batching.step;
import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.postgres.Leases;
import com.posthog.asyncmigrations.postgres.Ledger;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import com.posthog.asyncmigrations.postgres.Schema;
import com.posthog.asyncmigrations.postgres.StepName;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows that are counted each time they are updated: one that is met twice shows. */
@ExtendWith(SharedPostgres.class)
class BatchUpdatesIT {
  private static final Servers SCOPE = new Servers("scope", List.of("node"), "database");
  private static final Intent FIRST = Records.intent(1, 1);
  private static final Intent SECOND = Records.intent(2, 2);
  private static final Duration TIME = Duration.ofSeconds(2);
  private static final String COUNT = "UPDATE t SET x = x + 1 WHERE {batch}";

  /** Each batch takes 50 ms at least. */
  private static final String SLOWLY =
      "WITH s AS MATERIALIZED (SELECT pg_sleep(0.05)) UPDATE t SET x = x + 1 FROM s WHERE {batch}";

  private static final String ONCE = "SELECT bool_and(x = 1) FROM t";

  private SharedPostgres.Fresh fresh;
  private PostgresDatabase database;
  private Leases leases;
  private Ledger ledger;
  private LeaseView.Held lease;
  private Recorded recorded;
  private Batching operator;

  @BeforeEach
  void begin(SharedPostgres.Fresh given) {
    fresh = given;
    database = fresh.open();
    new Schema(database).upgrade();
    leases = new Leases(database, "one", Clock.systemUTC(), System::nanoTime, Leases.Times.DEFAULT);
    lease = leases.take(SCOPE, Records.KEY).orElseThrow();
    ledger = new Ledger(database, "one");
    recorded = Records.running(1, Records.first(1), Optional.of(FIRST));
    ledger.write(Records.KEY, SCOPE, lease, Recorded.NOTHING, recorded);
    operator = new Batching(database, 1);
  }

  @AfterEach
  void end() {
    operator.close();
    leases.close();
  }

  @Test
  void meetsEveryRowOnce() {
    table(25_000);
    assertThat(operator.observe(FIRST, step(COUNT, 1_000, TIME)))
        .isEqualTo(new EffectView.NotRun());

    assertThat(operator.run(FIRST, step(COUNT, 1_000, TIME)))
        .isEqualTo(new EffectView.Finished(25_000));

    assertThat(fresh.value(ONCE)).isEqualTo("t");
    assertThat(mark("batches, after = bound, size, changed")).isEqualTo("(25,t,1000,25000)");
  }

  @Test
  void findsTheSizeThatTakesAsLongAsItShould() {
    table(40_000);

    assertThat(operator.run(FIRST, step(COUNT, 100_000, TIME)))
        .isEqualTo(new EffectView.Finished(40_000));

    assertThat(fresh.value(ONCE)).isEqualTo("t");
    assertThat(Long.parseLong(mark("size"))).isGreaterThan(2_000);
  }

  @Test
  void orderOfSeveralColumnsOfOtherTypes() {
    run(
        "CREATE TABLE t (team int, name varchar(80) COLLATE \"C\", at timestamptz, id uuid, x int NOT NULL DEFAULT 0,"
            + " PRIMARY KEY (team, name, at, id))",
        "INSERT INTO t SELECT n % 3, E'a''b\\\\ü\\n{' || n % 7, '2024-03-31 01:59:59.999999+01'::timestamptz"
            + " + n % 11 * interval '1 microsecond', md5(n::text)::uuid FROM generate_series(1, 3000) n");

    assertThat(
            operator.run(
                FIRST, step("public.t", List.of("team", "name", "at", "id"), COUNT, 70, TIME)))
        .isEqualTo(new EffectView.Finished(3_000));

    assertThat(fresh.value(ONCE)).isEqualTo("t");
    assertThat(mark("batches")).isEqualTo("43");
  }

  @Test
  void chosenRowsOnlyWithParameters() {
    table(1_000);
    Step.BatchUpdate step =
        new Step.BatchUpdate(
            "t",
            List.of("id"),
            "UPDATE t SET x = x + {by:int} FROM (VALUES (1), (2)) AS o (id) WHERE t.id % 2 = o.id AND {batch}",
            Map.of("by", "5"),
            new Step.Pace(TIME, 100, Duration.ofSeconds(0)));

    assertThat(operator.run(FIRST, step)).isEqualTo(new EffectView.Finished(500));

    assertThat(fresh.value("SELECT count(*) FROM t WHERE x = 5 AND id % 2 = 1")).isEqualTo("500");
    assertThat(fresh.value("SELECT sum(x) FROM t")).isEqualTo("2500");
  }

  @Test
  void anEmptyTableIsDoneAtOnce() {
    table(0);
    assertThat(operator.run(FIRST, step(COUNT, 10, TIME))).isEqualTo(new EffectView.Finished(0));
    assertThat(mark("batches")).isEqualTo("0");
  }

  @Test
  void rowsThatComeAfterTheBoundAreLeft() {
    table(100);
    operator.submit(FIRST, step(SLOWLY, 10, TIME));
    operator.awaitBatches(FIRST, 1);
    run("INSERT INTO t SELECT n FROM generate_series(1000, 1500) n");

    assertThat(operator.end(FIRST, step(SLOWLY, 10, TIME))).isEqualTo(new EffectView.Finished(100));

    assertThat(fresh.value("SELECT bool_and(x = 1) FROM t WHERE id <= 100")).isEqualTo("t");
    assertThat(fresh.value("SELECT sum(x) FROM t WHERE id > 100")).isEqualTo("0");
  }

  @Test
  void restsAfterTheBatchUnderWayAndGoesOnThere() {
    table(400);
    Step.BatchUpdate step = step(SLOWLY, 10, TIME);
    operator.submit(FIRST, step);
    operator.awaitBatches(FIRST, 3);
    EffectView running = operator.observe(FIRST, step);

    operator.batches.rest(FIRST, step);

    EffectView rested = operator.end(FIRST, step);
    assertThat(((EffectView.Running) running).fraction()).isBetween(0.005, 0.9);
    assertThat(rested).isInstanceOf(EffectView.Rested.class);
    assertThat(((EffectView.Rested) rested).rows()).isBetween(30L, 390L);
    assertThat(Long.parseLong(fresh.value("SELECT sum(x) FROM t")))
        .isEqualTo(((EffectView.Rested) rested).rows());

    moveOn();
    assertThat(operator.run(SECOND, step)).isEqualTo(new EffectView.Finished(400));
    assertThat(fresh.value(ONCE)).isEqualTo("t");
    assertThat(mark("batches")).isEqualTo("40");
  }

  @Test
  void goesOnFromTheMarkOfAKilledProcess() throws IOException, InterruptedException {
    table(1_000);
    Step.BatchUpdate step = step(SLOWLY, 10, TIME);
    Process killed = BatchingProcess.start(fresh, SLOWLY, 10);
    try (Batching successor = new Batching(database, 2)) {
      successor.awaitBatches(FIRST, 5);
      killed.destroyForcibly();
      assertThat(killed.waitFor(5, TimeUnit.SECONDS)).isTrue();
      assertThat(fresh.value("SELECT bool_and(x <= 1) AND sum(x) < 1000 FROM t")).isEqualTo("t");
      awaitLooking(successor, step);
      successor.clock.advance(Recognition.ON_ITS_WAY);
      assertThat(successor.observe(FIRST, step)).isInstanceOf(EffectView.Unknown.class);

      moveOn();
      assertThat(successor.run(SECOND, step)).isEqualTo(new EffectView.Finished(1_000));
    }
    assertThat(fresh.value(ONCE)).isEqualTo("t");
    assertThat(mark("batches")).isEqualTo("100");
  }

  @Test
  void whatIsDoneIsDoneForASuccessorToo() {
    table(10);
    assertThat(operator.run(FIRST, step(COUNT, 10, TIME))).isEqualTo(new EffectView.Finished(10));
    moveOn();
    try (Batching successor = new Batching(database, 2)) {
      assertThat(successor.run(SECOND, step(COUNT, 10, TIME)))
          .isEqualTo(new EffectView.Finished(10));
    }
    assertThat(fresh.value(ONCE)).isEqualTo("t");
  }

  @Test
  void aZombieCommitsNothingOnceTheRunHasMovedOn() {
    table(400);
    Step.BatchUpdate step = step(SLOWLY, 10, TIME);
    operator.submit(FIRST, step);
    operator.awaitBatches(FIRST, 3);

    moveOn();

    EffectView zombie = operator.end(FIRST, step);
    assertThat(zombie).isInstanceOf(EffectView.Failed.class);
    assertThat(((EffectView.Failed) zombie).problem().message()).contains("has moved on");
    try (Batching successor = new Batching(database, 2)) {
      assertThat(successor.run(SECOND, step)).isEqualTo(new EffectView.Finished(400));
    }
    assertThat(fresh.value(ONCE)).isEqualTo("t");
  }

  @Test
  void aZombieUnderTheSameIdMovesNoMarkTwice() {
    table(400);
    Step.BatchUpdate step = step(SLOWLY, 10, TIME);
    try (Batching zombie = new Batching(database, 1)) {
      operator.submit(FIRST, step);
      operator.awaitBatches(FIRST, 2);
      zombie.submit(FIRST, step);
      List<EffectView> ends = List.of(operator.end(FIRST, step), zombie.end(FIRST, step));
      assertThat(ends).hasAtLeastOneElementOfType(EffectView.Failed.class);
    }
    assertThat(fresh.value("SELECT bool_and(x <= 1) FROM t")).isEqualTo("t");
    assertThat(mark("changed")).isEqualTo(fresh.value("SELECT sum(x) FROM t"));
  }

  @Test
  void aBatchThatTakesTooLongIsHalved() {
    table(2_000);
    String aMillisecondEach =
        "UPDATE t SET x = x + 1 WHERE {batch} AND pg_sleep(0.001) IS NOT NULL";

    assertThat(operator.run(FIRST, step(aMillisecondEach, 1_000, Duration.ofMillis(80))))
        .isEqualTo(new EffectView.Finished(2_000));

    assertThat(fresh.value(ONCE)).isEqualTo("t");
    assertThat(Long.parseLong(mark("batches"))).isGreaterThan(4);
  }

  @Test
  void aRowThatTakesTooLongAloneIsNamed() {
    table(20);
    String slow = "UPDATE t SET x = x + 1 WHERE {batch} AND (id <> 7 OR pg_sleep(9) IS NOT NULL)";

    Problem problem = failed(operator.run(FIRST, step(slow, 8, Duration.ofMillis(100))));

    assertThat(problem.reason()).isEqualTo(Reason.StatementTimedOut);
    assertThat(problem.message()).contains("[7]", "table t", "PT0.5S", "batchTime");
    assertThat(fresh.value("SELECT sum(x) FROM t")).isEqualTo("6");
  }

  @Test
  void waitsForTheLocksOfOthersAndSaysSo() throws SQLException {
    table(100);
    Step.BatchUpdate step = step(COUNT, 10, Duration.ofMillis(100));
    try (Connection other = database.connect(StepName.of("other-0a1b2c3d-1-f9-0-pg-1"))) {
      other.setAutoCommit(false);
      other.createStatement().execute("SELECT * FROM t WHERE id = 15 FOR UPDATE");
      operator.submit(FIRST, step);
      EffectView.Running waiting = operator.awaitWaiting(FIRST, step);
      assertThat(waiting.waiting().orElseThrow().message()).contains("lock timeout");
      assertThat(fresh.value("SELECT sum(x) FROM t")).isEqualTo("10");
      other.rollback();
    }
    assertThat(operator.end(FIRST, step)).isEqualTo(new EffectView.Finished(100));
    assertThat(fresh.value(ONCE)).isEqualTo("t");
  }

  @Test
  void isKilledInABatchOrBetweenTwo() {
    table(1_000);
    Step.BatchUpdate step = step(SLOWLY, 1, TIME);
    operator.submit(FIRST, step);
    operator.awaitBatches(FIRST, 2);

    operator.batches.kill(FIRST, step);

    EffectView end = operator.end(FIRST, step);
    if (end instanceof EffectView.Failed failed) {
      assertThat(failed.problem().reason()).isEqualTo(Reason.StatementKilled);
    } else {
      assertThat(end).isInstanceOf(EffectView.Rested.class);
    }
    Awaitility.await()
        .until(
            () ->
                fresh
                    .value(
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'asyncmig:%'"
                            + " AND datname = current_database()")
                    .equals("0"));
  }

  @Test
  void isNotCutShortByTheRolesOwnTimeout() {
    table(10);
    fresh.asSuperuser(
        "ALTER ROLE posthog IN DATABASE " + fresh.name() + " SET statement_timeout = '300ms'");
    String slow =
        "WITH s AS MATERIALIZED (SELECT pg_sleep(1)) UPDATE t SET x = x + 1 FROM s WHERE {batch}";
    assertThat(operator.run(FIRST, step(slow, 10, TIME))).isEqualTo(new EffectView.Finished(10));
  }

  @ParameterizedTest
  @CsvSource({
    "u, id, there is no table u",
    "t, nothing, table t has no column nothing",
    "t, loose, column loose of table t may be NULL",
    "t, x, 'it has [(id), (loose), (team, id)]'",
    "t, id team, 'which are (id, team) in this order'",
    "t, half, no unique index of table t"
  })
  void refusesWhatIsNoKey(String table, String key, String says) {
    run(
        "CREATE TABLE t (id int PRIMARY KEY, team int NOT NULL, x int NOT NULL, loose int UNIQUE, half int NOT NULL,"
            + " UNIQUE (team, id))",
        "CREATE UNIQUE INDEX ON t (half) WHERE half > 0",
        "CREATE UNIQUE INDEX ON t (abs(half))",
        "INSERT INTO t VALUES (1, 1, 1, 1, 1)");

    Problem problem =
        failed(operator.run(FIRST, step(table, List.of(key.split(" ")), COUNT, 10, TIME)));

    assertThat(problem.reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(problem.message()).contains(says);
    assertThat(fresh.value("SELECT sum(x) FROM t")).isEqualTo("1");
  }

  @Test
  void whatTheServerRefusesIsItsOwnSentence() {
    table(10);
    Problem problem =
        failed(operator.run(FIRST, step("UPDATE t SET x = x / 0 WHERE {batch}", 10, TIME)));
    assertThat(problem.reason()).isEqualTo(Reason.StatementFailed);
    assertThat(problem.message()).contains("division by zero");
    assertThat(mark("batches")).isEqualTo("0");
  }

  /** A successor has recorded another try. */
  private void moveOn() {
    Recorded next = Records.running(2, Records.first(2), Optional.of(SECOND));
    ledger.write(Records.KEY, SCOPE, lease, recorded, next);
    recorded = next;
  }

  private static void awaitLooking(Batching successor, Step.BatchUpdate step) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> successor.observe(FIRST, step) instanceof EffectView.Looking);
  }

  private static Problem failed(EffectView end) {
    assertThat(end).isInstanceOf(EffectView.Failed.class);
    return ((EffectView.Failed) end).problem();
  }

  private void table(int rows) {
    run(
        "CREATE TABLE t (id bigint PRIMARY KEY, x int NOT NULL DEFAULT 0)",
        "INSERT INTO t SELECT n FROM generate_series(1, %d) n ORDER BY random()".formatted(rows),
        "ANALYZE t");
  }

  private void run(String... statements) {
    database.ask(
        connection -> {
          for (String statement : statements) {
            connection.createStatement().execute(statement);
          }
          return true;
        });
  }

  private String mark(String columns) {
    return fresh.value("SELECT (" + columns + ")::text FROM async_migrations.mark");
  }
}
