package com.posthog.asyncmigrations.operation.sql;

import static com.posthog.asyncmigrations.operation.sql.Operator.alone;
import static com.posthog.asyncmigrations.operation.sql.Operator.transactional;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.postgres.Leases;
import com.posthog.asyncmigrations.postgres.Ledger;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import com.posthog.asyncmigrations.postgres.Schema;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SharedPostgres.class)
class PostgresStatementsIT {
  private static final Intent INTENT = Records.intent(1, 1);
  private static final String NAME = "asyncmig:0a1b2c3d:1:f0-0-1";
  private static final String STEPS = "SELECT count(*) FROM async_migrations.step";

  private SharedPostgres.Fresh fresh;
  private PostgresDatabase database;
  private Operator operator;

  @BeforeEach
  void begin(SharedPostgres.Fresh given) {
    fresh = given;
    database = fresh.open();
    new Schema(database).upgrade();
    database.ask(c -> c.createStatement().execute("CREATE TABLE t (x int, s text)"));
    Servers servers = new Servers("scope", List.of("node"), "database");
    try (Leases leases =
        new Leases(database, "one", Clock.systemUTC(), System::nanoTime, Leases.Times.DEFAULT)) {
      LeaseView.Held lease = leases.take(servers, Records.KEY).orElseThrow();
      new Ledger(database, "one")
          .write(
              Records.KEY,
              servers,
              lease,
              Recorded.NOTHING,
              Records.running(1, Records.first(1), Optional.of(INTENT)));
    }
    operator = new Operator(database, 1);
  }

  @AfterEach
  void end() {
    operator.close();
  }

  @Test
  void runsOnceAndCommitsWithItsRow() {
    Step.PostgresStatement step =
        transactional(
            "INSERT INTO t SELECT generate_series(1, 3); UPDATE t SET x = x + 1; -- done");
    assertThat(operator.observe(INTENT, step)).isEqualTo(new EffectView.NotRun());
    assertThat(operator.run(INTENT, step)).isEqualTo(new EffectView.Finished(6));
    assertThat(operator.run(INTENT, step)).isEqualTo(new EffectView.Finished(6));
    await().until(() -> operator.woken.get() == 1);
    assertThat(fresh.value("SELECT string_agg(x::text, ',') FROM t")).isEqualTo("2,3,4");
    assertThat(fresh.value("SELECT effect_id || run_id FROM async_migrations.step"))
        .isEqualTo(INTENT.effectId() + "0a1b2c3d");
  }

  @Test
  void bindsParametersAndSettings() {
    Step.PostgresStatement step =
        new Step.PostgresStatement(
            "INSERT INTO t SELECT {n:int}, {s:text} || current_setting('work_mem')"
                + " || current_setting('statement_timeout') || {s:text}"
                + " WHERE '{\"a\": 1}'::jsonb ? 'a' AND '?' <> ''",
            Map.of("work_mem", "7MB", "statement_timeout", "77s"),
            Map.of("n", "42", "s", "it's; COMMIT --"),
            true,
            OnUnknown.FAIL);
    assertThat(operator.run(INTENT, step)).isEqualTo(new EffectView.Finished(1));
    assertThat(fresh.value("SELECT x || s FROM t"))
        .isEqualTo("42it's; COMMIT --7MB77sit's; COMMIT --");
  }

  @Test
  void isNotCutShortByTheRolesOwnTimeout() {
    fresh.asSuperuser(
        "ALTER ROLE posthog IN DATABASE " + fresh.name() + " SET statement_timeout = '300ms'");
    assertThat(operator.run(INTENT, transactional("INSERT INTO t SELECT 1 FROM pg_sleep(1)")))
        .isEqualTo(new EffectView.Finished(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t VALUES (1); SELECT 1/0",
        "INSERT INTO t VALUES (1); DO $$ BEGIN COMMIT; END $$",
        "INSERT INTO t VALUES (1); CREATE INDEX CONCURRENTLY i ON t (x)"
      })
  void whatFailsLeavesNeitherDataNorRow(String sql) {
    assertThat(problem(operator.run(INTENT, transactional(sql))).reason())
        .isEqualTo(Reason.StatementFailed);
    assertNothingHappened();
  }

  @Test
  void whatLosesItsBackendLeavesNeitherDataNorRow() {
    Step.PostgresStatement step = transactional("INSERT INTO t SELECT 1 FROM pg_sleep(60)");
    operator.submit(INTENT, step);
    operator.awaitRunning(INTENT, step);
    fresh.asSuperuser(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"
            + NAME
            + "' AND datname = current_database()");
    assertThat(problem(operator.end(INTENT, step)).reason()).isEqualTo(Reason.StatementKilled);
    assertNothingHappened();
  }

  @Test
  void killEndsItForCertain() {
    Step.PostgresStatement step = transactional("INSERT INTO t SELECT 1 FROM pg_sleep(60)");
    operator.submit(INTENT, step);
    operator.awaitRunning(INTENT, step);
    operator.statements.kill(INTENT, step);
    assertThat(problem(operator.end(INTENT, step)).reason()).isEqualTo(Reason.StatementKilled);
    assertGone();
    assertNothingHappened();
  }

  @Test
  void killAgainEndsWhatDoesNotReact() {
    Step.PostgresStatement stubborn =
        transactional(
            """
            DO $$ BEGIN
              INSERT INTO t VALUES (1);
              LOOP
                BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END;
              END LOOP;
            END $$""");
    operator.submit(INTENT, stubborn);
    await()
        .until(
            () ->
                fresh
                    .value(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
                    .equals("1"));
    operator.statements.kill(INTENT, stubborn);
    await()
        .during(Duration.ofMillis(700))
        .until(() -> operator.observe(INTENT, stubborn) instanceof EffectView.Running);
    operator.clock.advance(Duration.ofSeconds(4));
    operator.statements.kill(INTENT, stubborn);
    assertThat(problem(operator.end(INTENT, stubborn)).reason()).isEqualTo(Reason.StatementKilled);
    assertGone();
    assertNothingHappened();
  }

  @Test
  void createsAnIndexConcurrently() {
    Step.PostgresStatement step =
        new Step.PostgresStatement(
            "CREATE INDEX CONCURRENTLY i ON t (x)",
            Map.of("maintenance_work_mem", "32MB"),
            Map.of(),
            false,
            OnUnknown.REPEAT);
    assertThat(operator.run(INTENT, step)).isEqualTo(new EffectView.Finished(0));
    assertThat(fresh.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"))
        .isEqualTo("t");
    assertThat(operator.run(Records.intent(2, 1), alone("VACUUM t")))
        .isEqualTo(new EffectView.Finished(0));
    assertThat(fresh.value(STEPS)).isEqualTo("0");
  }

  @Test
  void whatFailsOutsideATransactionHasFailed() {
    assertThat(problem(operator.run(INTENT, alone("DROP INDEX CONCURRENTLY nothing"))).message())
        .contains("42704");
  }

  @Test
  void whatCouldNotBeSentSaysWhyAndHasNotRun() {
    try (PostgresDatabase refusing = openAs(PostgresProcess.USER, "wrong");
        Operator refused = new Operator(refusing, 1)) {
      Problem problem = refusal(refused);
      assertThat(problem.reason()).isEqualTo(Reason.CredentialsRejected);
      assertThat(problem.message()).startsWith("PostgreSQL at " + refusing.address() + ": ");
      assertThat(problem.message()).doesNotContain("wrong");
      assertThat(refused.observe(INTENT, alone("SELECT 1"))).isEqualTo(new EffectView.NotRun());
      assertThat(refused.woken).hasValue(0);
    }
  }

  @Test
  void whatFindsNoConnectionRunsOnceThereIsOne() {
    String role = "limited_" + fresh.name(); // the operator's own is shared with other tests
    fresh.asSuperuser("CREATE ROLE " + role + " LOGIN PASSWORD 'any' CONNECTION LIMIT 0");
    try (PostgresDatabase full = openAs(role, "any");
        Operator waiting = new Operator(full, 1)) {
      Problem problem = refusal(waiting);
      assertThat(problem.reason()).isEqualTo(Reason.DatabaseUnreachable);
      assertThat(problem.message()).contains("too many connections");
      assertThat(waiting.observe(INTENT, alone("SELECT 1"))).isEqualTo(new EffectView.NotRun());

      fresh.asSuperuser("ALTER ROLE " + role + " CONNECTION LIMIT 2");
      assertThat(waiting.run(INTENT, alone("SELECT 1"))).isEqualTo(new EffectView.Finished(0));
    }
  }

  @Test
  void aServerThatDoesNotAnswerLeavesItOpen() {
    try (PostgresDatabase away =
            new PostgresDatabase(
                "127.0.0.1", 1, "any", "prefer", new Credentials(PostgresProcess.USER, "any"));
        Operator successor = new Operator(away, 2)) {
      EffectView view = successor.observe(INTENT, transactional("SELECT 1"));
      assertThat(view).isInstanceOf(EffectView.Looking.class);
      assertThat(((EffectView.Looking) view).why().reason()).isEqualTo(Reason.DatabaseUnreachable);
      successor.statements.kill(INTENT, transactional("SELECT 1"));
    }
  }

  private PostgresDatabase openAs(String role, String password) {
    return new PostgresDatabase(
        fresh.server().host(),
        fresh.server().port(),
        fresh.name(),
        "prefer",
        new Credentials(role, password));
  }

  private static Problem refusal(Operator operator) {
    return catchThrowableOfType(
            ProblemException.class, () -> operator.submit(INTENT, alone("SELECT 1")))
        .problem();
  }

  private void assertGone() {
    assertThat(
            fresh.value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND state <> 'idle' AND application_name = '"
                    + NAME
                    + "'"))
        .isEqualTo("0");
  }

  private void assertNothingHappened() {
    assertThat(fresh.value("SELECT count(*) FROM t")).isEqualTo("0");
    assertThat(fresh.value(STEPS)).isEqualTo("0");
  }

  private static Problem problem(EffectView view) {
    assertThat(view).isInstanceOf(EffectView.Failed.class);
    return ((EffectView.Failed) view).problem();
  }
}
