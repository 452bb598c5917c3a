package com.posthog.asyncmigrations.operation.batch;

import static com.posthog.asyncmigrations.operation.batch.Copying.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.postgres.Records;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Each row once, whatever is lost on the way. */
class CopiesFromPostgresIT extends FromPostgres {

  CopiesFromPostgresIT(TestDatabase clickHouse) {
    super(clickHouse);
  }

  @Test
  void copiesEveryRowOnce() {
    assertThat(operator.observe(FIRST, step(700))).isEqualTo(new EffectView.NotRun());

    assertThat(operator.run(FIRST, step(700))).isEqualTo(new EffectView.Finished(ROWS));

    assertAllThereOnce();
    assertThat(fresh.value("SELECT batches FROM async_migrations.mark")).isEqualTo("8");
  }

  @Test
  void keepsValuesOfEveryType() {
    run(
        "DROP TABLE t",
        """
        CREATE TABLE t (id uuid, team int, txt text, big bigint, num numeric(38, 9), yes boolean, no boolean,
          at timestamptz, day date, js jsonb, tags text[], ns int[], dbl double precision, nothing text,
          PRIMARY KEY (team, id))
        """,
        """
        INSERT INTO t VALUES
          ('00000000-0000-4000-8000-00000000000a', 2, E'tab\\t nl\\n "q" \\\\ ''s ü {', 9223372036854775807,
           12345678901234567890123456789.123456789, true, false, '2024-03-31 01:59:59.999999+01', '2024-02-29',
           '{"a": [1, "x"]}', ARRAY['a', 'b"c', 'd''e'], ARRAY[1, -2], 0.1, NULL),
          ('ffffffff-0000-4000-8000-00000000000b', -1, '', -9223372036854775808, -0.000000001, false, true,
           '1970-01-01 00:00:00Z', '1970-01-02', '[]', '{}', '{}', -1e-300, 'x')
        """);
    clickHouse.run(
        """
        CREATE OR REPLACE TABLE t (id UUID, team Int32, txt String, big Int64, num Decimal(38, 9), yes Bool, no UInt8,
          at DateTime64(6, 'UTC'), day Date, js String, tags Array(LowCardinality(String)), ns Array(Int8),
          dbl Float64, nothing Nullable(String)) ENGINE MergeTree ORDER BY id
        """);

    assertThat(operator.run(FIRST, step(List.of("team", "id"), Map.of(), 1)))
        .isEqualTo(new EffectView.Finished(2));

    assertThat(clickHouse.run("SELECT * FROM t ORDER BY team FORMAT JSONCompactEachRow").lines())
        .containsExactly(
            "[\"ffffffff-0000-4000-8000-00000000000b\", -1, \"\", -9223372036854775808, -0.000000001, false, 1,"
                + " \"1970-01-01 00:00:00.000000\", \"1970-01-02\", \"[]\", [], [], -1e-300, \"x\"]",
            "[\"00000000-0000-4000-8000-00000000000a\", 2, \"tab\\t nl\\n \\\"q\\\" \\\\ 's ü {\","
                + " 9223372036854775807, 12345678901234567890123456789.123456789, true, 0,"
                + " \"2024-03-31 00:59:59.999999\", \"2024-02-29\", \"{\\\"a\\\": [1, \\\"x\\\"]}\","
                + " [\"a\",\"b\\\"c\",\"d'e\"], [1,-2], 0.1, null]");
  }

  @Test
  void chosenRowsAndExpressionsWithParameters() {
    Step.CopyFromPostgres step =
        new Step.CopyFromPostgres(
            "public.t",
            List.of("id"),
            Map.of("id", "id", "name", "upper(name) || {suffix:text}"),
            Optional.of("id % {by:int} = 0 -- every other"),
            clickHouse.name() + ".t",
            Map.of("suffix", "!", "by", "2"),
            new Step.Pace(Duration.ofSeconds(2), 1_000, Duration.ZERO));

    assertThat(operator.run(FIRST, step)).isEqualTo(new EffectView.Finished(ROWS / 2));

    assertThat(
            clickHouse.run(
                "SELECT count(), uniqExact(id), countIf(name = 'N' || id || '!') FROM t"))
        .isEqualTo("2500\t2500\t2500");
  }

  @Test
  void keysOfTextInTheOrderOfTheirBytes() {
    run(
        "ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER name TYPE varchar(9) COLLATE \"C\", ALTER name SET NOT NULL, ADD UNIQUE (name)");
    run(
        "UPDATE t SET name = 'Ü' || name WHERE id % 7 = 0",
        "UPDATE t SET name = upper(name) WHERE id % 2 = 0");

    assertThat(operator.run(FIRST, step(List.of("name"), Map.of(), 700)))
        .isEqualTo(new EffectView.Finished(ROWS));

    assertThat(clickHouse.run("SELECT count(), uniqExact(id) FROM t")).isEqualTo("5000\t5000");
  }

  @Test
  void anAnswerThatIsLostIsNoSecondBatch() {
    proxy.dropAnswers(CopiesFromPostgresIT::inserts);
    operator.submit(FIRST, step(2_000));
    await().until(() -> waits().isPresent());
    proxy.passAnswers();

    assertThat(operator.end(FIRST, step(2_000))).isEqualTo(new EffectView.Finished(ROWS));
    assertAllThereOnce();
  }

  @Test
  void aRequestThatArrivesTooLateDoesNothing() {
    proxy.hold(CopiesFromPostgresIT::inserts);
    operator.submit(FIRST, step(2_000));
    await().until(() -> proxy.received(CopiesFromPostgresIT::inserts) == 1);
    String until = fresh.value("SELECT until_ms FROM async_migrations.mark");
    await()
        .until(
            () ->
                Long.parseLong(clickHouse.run("SELECT toUnixTimestamp64Milli(now64(3))"))
                    > Long.parseLong(until));
    proxy.release();

    assertThat(operator.end(FIRST, step(2_000))).isEqualTo(new EffectView.Finished(ROWS));
    assertAllThereOnce();
    clickHouse.run("SYSTEM FLUSH LOGS");
    assertThat(
            clickHouse.run(
                "SELECT groupArray(written_rows) FROM (SELECT written_rows FROM system.query_log WHERE type = 'QueryFinish'"
                    + " AND query_kind = 'Insert' AND current_database = currentDatabase() AND query_id LIKE '%-b1'"
                    + " ORDER BY event_time_microseconds DESC LIMIT 2)"))
        .isEqualTo("[1000,0]");
  }

  @Test
  void isNotOverWhileABatchMayStillArrive() {
    Step.CopyFromPostgres step = step(2_000);
    proxy.hold(CopiesFromPostgresIT::inserts);
    operator.submit(FIRST, step);
    await().until(() -> proxy.received(CopiesFromPostgresIT::inserts) == 1);
    proxy.cut();
    await().until(() -> waits().isPresent());

    operator.copies.kill(operator.here(FIRST), step);

    await()
        .until(
            () ->
                operator.flights.stateOf(FIRST.effectId()).orElseThrow()
                    instanceof Flights.State.Landed);
    assertThat(waits().orElseThrow().message()).contains("may still be on their way");
    assertThat(operator.end(FIRST, step)).isEqualTo(new EffectView.Rested(0));
  }

  @Test
  void goesOnAfterAKilledProcess() throws IOException, InterruptedException {
    Process killed = CopyingProcess.start(fresh, clickHouse, proxy.port(), 20);
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofMinutes(2))
        .until(() -> rows() > 100);
    killed.destroyForcibly();
    assertThat(killed.waitFor(5, TimeUnit.SECONDS)).isTrue();
    long there = rows();
    assertThat(there).isLessThan(ROWS);

    moveOn();
    try (Copying successor = new Copying(database, cluster, 2)) {
      assertThat(successor.run(SECOND, step(1_000))).isEqualTo(new EffectView.Finished(ROWS));
    }
    assertAllThereOnce();
  }

  @Test
  void aBatchOfWhichSomePartsHaveArrivedIsCompleted() {
    assertThat(operator.run(FIRST, step(1_000))).isEqualTo(new EffectView.Finished(ROWS));
    run(
        "UPDATE async_migrations.mark SET after = '{1000}', changed = 1000, batches = 1, sending = '{2000}',"
            + " query_id = 'gone', until_ms = 1");
    clickHouse.run(
        "ALTER TABLE t DELETE WHERE id > 2000 OR (id > 1000 AND id % 3 = 1) SETTINGS mutations_sync = 2");
    moveOn();

    try (Copying successor = new Copying(database, cluster, 2)) {
      assertThat(successor.run(SECOND, step(1_000))).isEqualTo(new EffectView.Finished(ROWS));
    }
    assertAllThereOnce();
  }

  @Test
  void aZombieSendsNothingOnceTheRunHasMovedOn() {
    Predicate<String> first = request -> inserts(request) && request.contains("pg-1-b1");
    proxy.hold(first);
    operator.submit(FIRST, step(500));
    await().until(() -> proxy.received(first) == 1);
    moveOn();
    try (Copying successor = new Copying(database, cluster, 2)) {
      successor.submit(SECOND, step(500));
      await().until(() -> rows() > 0);
      proxy.release();
      assertThat(successor.end(SECOND, step(500))).isEqualTo(new EffectView.Finished(ROWS));
    }
    // what it has sent did nothing, and it finds that nothing is left to do, or that nobody waits
    assertThat(operator.end(FIRST, step(500)))
        .satisfiesAnyOf(
            end -> assertThat(end).isEqualTo(new EffectView.Finished(ROWS)),
            end ->
                assertThat(((EffectView.Failed) end).problem().message())
                    .startsWith("the run has moved on"));
    assertAllThereOnce();
  }

  @Test
  void restsAndGoesOn() {
    Step.CopyFromPostgres step = step(50);
    operator.submit(FIRST, step);
    await().until(() -> rows() > 100);
    operator.copies.rest(operator.here(FIRST), step);

    EffectView rested = operator.end(FIRST, step);
    assertThat(rested).isEqualTo(new EffectView.Rested(rows()));

    moveOn();
    assertThat(operator.run(SECOND, step(1_000))).isEqualTo(new EffectView.Finished(ROWS));
    assertAllThereOnce();
  }

  @Test
  void aServerThatIsAwayIsWaitedFor() {
    operator.submit(FIRST, step(50));
    await().until(() -> rows() > 100);
    proxy.replaceAnswers(
        request -> true, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    await().until(() -> waits().isPresent());
    assertThat(waits().orElseThrow().reason())
        .isIn(Reason.DatabaseUnreachable, Reason.LookingForStatement);
    proxy.passAnswers();

    assertThat(operator.end(FIRST, step(50))).isEqualTo(new EffectView.Finished(ROWS));
    assertAllThereOnce();
  }

  @Test
  void whoDeletesThereMeanwhileIsNoticed() {
    operator.submit(FIRST, step(50));
    await().until(() -> rows() > 100);
    clickHouse.run("ALTER TABLE t DELETE WHERE id = 7 SETTINGS mutations_sync = 2");

    Problem problem = failed(operator.end(FIRST, step(50)));
    assertThat(problem.reason()).isEqualTo(Reason.VerificationFailed);
    assertThat(problem.message()).contains("has 4999 rows", "5000 were sent");
  }

  private static boolean inserts(String request) {
    return request.contains("INSERT INTO");
  }

  private Optional<Problem> waits() {
    return Optional.of(operator.observe(FIRST, step(50)))
        .filter(EffectView.Running.class::isInstance)
        .flatMap(view -> ((EffectView.Running) view).waiting());
  }

  private void assertAllThereOnce() {
    assertThat(
            clickHouse.run(
                "SELECT count(), uniqExact(id), sum(id), countIf(name = 'n' || id) FROM t"))
        .isEqualTo("5000\t5000\t12502500\t5000");
  }

  /** A successor has recorded another try. */
  private void moveOn() {
    Recorded next = Records.running(2, Records.first(2), Optional.of(SECOND));
    ledger.write(Records.KEY, SCOPE, lease, recorded, next);
    recorded = next;
  }
}
