package com.posthog.asyncmigrations.operation.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.operation.AdjustableClock;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Intents;
import com.posthog.asyncmigrations.operation.Recognition;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every statement goes through a proxy, which behaves until a test wants otherwise. */
@ExtendWith(SharedClickHouse.class)
class ClickHouseStatementsIT {
  private static final int SLOW_ROWS = 20;

  private final TestDatabase database;
  private final CuttingProxy proxy;
  private final ClickHouseCluster cluster;
  private final AdjustableClock clock = new AdjustableClock();
  private final Flights flights = new Flights(4, clock);
  private final ClickHouseStatements statements;
  private final CountDownLatch woken = new CountDownLatch(1);
  private final Intent intent;

  ClickHouseStatementsIT(TestDatabase database) {
    this.database = database;
    proxy = new CuttingProxy(database.server().host(), database.server().httpPort());
    cluster = Clusters.through(proxy.port(), database);
    statements = new ClickHouseStatements(cluster, flights, new Recognition(flights, clock));
    intent = Intents.of(cluster.nodes().get(0).ref());
  }

  @BeforeEach
  void prepare() {
    database.run("CREATE OR REPLACE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n");
  }

  @AfterEach
  void stop() {
    statements.kill(intent, insert(1));
    flights.close();
    cluster.close();
    proxy.close();
  }

  @Test
  void aStatementRunsUnderItsIdAndWakesAtItsEnd() throws InterruptedException {
    submit(insert(1_000));

    assertThat(woken.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(observe()).isEqualTo(new EffectView.Finished(1_000));
    assertThat(rows()).isEqualTo("1000");
    assertThat(executions()).isEqualTo("1");
  }

  @Test
  void aSecondSubmissionDoesNothing() {
    submit(insert(10));
    submit(insert(10));
    await().until(() -> observe() instanceof EffectView.Finished);
    submit(insert(10));

    assertThat(executions()).isEqualTo("1");
    assertThat(rows()).isEqualTo("10");
  }

  @Test
  void anErrorIsTheViewsProblem() {
    submit(statement("INSERT INTO t SELECT throwIf(number = 5, 'five') FROM numbers(10)"));

    await().until(() -> observe() instanceof EffectView.Failed);

    EffectView.Failed failed = (EffectView.Failed) observe();
    assertThat(failed.problem().reason()).isEqualTo(Reason.StatementFailed);
    assertThat(failed.problem().message()).startsWith("code 395 ").contains("five");
  }

  @Test
  void aStatementThatHidesFromTheLogIsRefused() {
    submit(statement("INSERT INTO t SELECT 1 SETTINGS log_queries = 0"));

    await().until(() -> observe() instanceof EffectView.Failed);

    assertThat(((EffectView.Failed) observe()).problem().reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(rows()).isEqualTo("0");
  }

  @Test
  void aLostAnswerIsFoundAndNothingIsSentTwice() {
    proxy.dropAnswers(ClickHouseStatementsIT::inserts);
    submit(insert(1_000));
    awaitLost();

    assertThat(observe()).isEqualTo(new EffectView.Finished(1_000));
    assertThat(proxy.received(ClickHouseStatementsIT::inserts)).isEqualTo(1);
    assertThat(executions()).isEqualTo("1");
    assertThat(rows()).isEqualTo("1000");
  }

  @Test
  void anAnswerOfSomethingInBetweenIsNoAnswer() {
    proxy.replaceAnswers(
        ClickHouseStatementsIT::inserts,
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n");
    submit(insert(1_000));
    awaitLost();

    assertThat(observe()).isEqualTo(new EffectView.Finished(1_000));
    assertThat(proxy.received(ClickHouseStatementsIT::inserts)).isEqualTo(1);
    assertThat(executions()).isEqualTo("1");
  }

  @Test
  void anErrorPageOfSomethingInBetweenIsNoFailure() {
    proxy.replaceAnswers(
        ClickHouseStatementsIT::inserts,
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops");
    submit(insert(1_000));
    awaitLost();

    assertThat(flights.stateOf(intent.effectId()).orElseThrow())
        .isInstanceOfSatisfying(
            Flights.State.Lost.class,
            lost -> assertThat(lost.problem().message()).contains("not ClickHouse"));
    assertThat(observe()).isEqualTo(new EffectView.Finished(1_000));
    assertThat(executions()).isEqualTo("1");
  }

  @Test
  void aStatementGoesOnWithoutItsClientAndIsFoundByASuccessor() {
    submit(slowInsert());
    await().until(() -> observe() instanceof EffectView.Running r && r.rows() > 0);

    proxy.cut();
    flights.close();
    Flights others = new Flights(1, clock);
    ClickHouseStatements successor =
        new ClickHouseStatements(cluster, others, new Recognition(others, clock));

    assertThat(successor.observe(intent, insert(1), Intents.successorsLease()))
        .isInstanceOf(EffectView.Running.class);
    await()
        .until(
            () -> successor.observe(intent, insert(1), Intents.successorsLease()),
            EffectView.Finished.class::isInstance);
    assertThat(rows()).isEqualTo(Integer.toString(SLOW_ROWS));
    assertThat(executions()).isEqualTo("1");
    others.close();
  }

  @Test
  void whatNeverArrivedIsNotRunButOnlyOnceNothingCanBeOnItsWay() {
    proxy.hold(ClickHouseStatementsIT::inserts);
    submit(insert(10));
    await().until(() -> proxy.received(ClickHouseStatementsIT::inserts) == 1);
    assertThat(observe()).isInstanceOf(EffectView.Running.class);

    proxy.cut();
    awaitLost();
    assertThat(observe()).isInstanceOf(EffectView.Looking.class);
    clock.advance(Recognition.ON_ITS_WAY);
    assertThat(observe()).isInstanceOf(EffectView.NotRun.class);

    proxy.close();
    assertThat(observe()).isInstanceOf(EffectView.Looking.class);
  }

  @Test
  void whatWasHeldUpAndArrivesIsNoTwice() {
    proxy.hold(ClickHouseStatementsIT::inserts);
    submit(insert(10));
    await().until(() -> proxy.received(ClickHouseStatementsIT::inserts) == 1);

    proxy.release();

    await().until(() -> observe() instanceof EffectView.Finished);
    assertThat(rows()).isEqualTo("10");
  }

  @Test
  void whatIsKilledIsProvenGone() {
    submit(slowInsert());
    await().until(() -> observe() instanceof EffectView.Running r && r.rows() > 0);

    statements.kill(intent, slowInsert());

    await().until(() -> observe() instanceof EffectView.Failed);
    assertThat(((EffectView.Failed) observe()).problem().reason())
        .isEqualTo(Reason.StatementKilled);
    assertThat(
            database.run(
                "SELECT count() FROM system.processes WHERE query_id = '"
                    + intent.effectId()
                    + "'"))
        .isEqualTo("0");
  }

  @Test
  void whatThisProcessDidNotSendIsNotRun() {
    assertThat(observe()).isInstanceOf(EffectView.NotRun.class);
  }

  private static boolean inserts(String request) {
    return request.contains("INSERT INTO t");
  }

  private static Step.ClickHouseStatement insert(int rows) {
    return statement("INSERT INTO t SELECT number FROM numbers(" + rows + ")");
  }

  /** Two seconds. */
  private static Step.ClickHouseStatement slowInsert() {
    return statement(
        "INSERT INTO t SELECT number + sleepEachRow(0.1) FROM numbers("
            + SLOW_ROWS
            + ") SETTINGS max_block_size = 1");
  }

  private static Step.ClickHouseStatement statement(String sql) {
    return new Step.ClickHouseStatement(sql, Map.of(), Map.of(), OnUnknown.FAIL);
  }

  private void submit(Step.ClickHouseStatement step) {
    statements.submit(intent, step, woken::countDown);
  }

  private EffectView observe() {
    return statements.observe(intent, insert(1), Intents.ownLease());
  }

  private void awaitLost() {
    await()
        .until(() -> flights.stateOf(intent.effectId()).orElse(null) instanceof Flights.State.Lost);
    await().until(() -> woken.getCount() == 0);
  }

  private String rows() {
    return database.run("SELECT count() FROM t");
  }

  private String executions() {
    database.run("SYSTEM FLUSH LOGS");
    return database.run(
        "SELECT count() FROM system.query_log WHERE type = 'QueryStart' AND query_id = '"
            + intent.effectId()
            + "'");
  }
}
