package com.posthog.asyncmigrations.operation.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.sql.PostgresQuestion;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.ManualClock;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedPostgres.class)
class PostgresExpectationIT {
  static final Intent INTENT = Records.intent(1, 1);
  static final Expectation ONE =
      new Expectation(Optional.of("1"), OptionalLong.empty(), OptionalLong.empty());
  private static final Expectation FIVE =
      new Expectation(Optional.empty(), OptionalLong.of(5), OptionalLong.empty());

  private final ManualClock clock = new ManualClock();
  private final Flights flights = new Flights(1, clock);
  private SharedPostgres.Fresh fresh;
  private PostgresExpectation runner;

  @BeforeEach
  void open(SharedPostgres.Fresh given) {
    fresh = given;
    runner = runner(fresh.open(), flights, clock);
  }

  @AfterEach
  void close() {
    flights.close();
  }

  @Test
  void whatIsAsExpectedPasses() {
    assertThat(run(step("SELECT 1, 2 UNION ALL SELECT 7, 8", ONE)))
        .isEqualTo(new EffectView.Finished(1));
    flights.forget(INTENT.effectId());
    Step.ExpectValue bound =
        new Step.ExpectValue(
            Step.DatabaseKind.POSTGRESQL, "SELECT {n:bigint} + 1", Map.of("n", "4"), FIVE);
    assertThat(run(bound)).isEqualTo(new EffectView.Finished(1));
  }

  @Test
  void saysWhatItFoundAndWhatWouldPass() {
    assertThat(failure(step("SELECT 2", ONE)))
        .isEqualTo(new Problem(Reason.VerificationFailed, "found '2'; '1' would pass"));
    assertThat(failure(step("SELECT 4", FIVE)).message())
        .isEqualTo("found '4'; at least 5 would pass");
    assertThat(failure(step("SELECT NULL", FIVE)).message()).contains("NULL");
    assertThat(failure(step("SELECT 1 WHERE false", ONE)).message()).contains("no row");
  }

  @Test
  void changesNothing() {
    fresh.asSuperuser("CREATE TABLE t (x int)", "GRANT ALL ON t TO posthog");
    assertThat(failure(step("INSERT INTO t VALUES (1) RETURNING x", ONE)).message())
        .contains("read-only");
  }

  @Test
  void canBeKilled() {
    Step.ExpectValue step = step("SELECT 1 FROM pg_sleep(60)", ONE);
    runner.submit(INTENT, step, () -> {});
    await().until(() -> queries() == 1);
    runner.kill(INTENT, step);
    EffectView view = await().until(() -> observe(step), v -> !(v instanceof EffectView.Running));
    assertThat(((EffectView.Failed) view).problem().reason()).isEqualTo(Reason.StatementKilled);
  }

  @Test
  void theAnswerIsLostWithTheProcess() {
    Intent ofPredecessor = Records.intent(1, 0);
    Step.ExpectValue step = step("SELECT 1", ONE);
    LeaseView.Held lease = new LeaseView.Held(1, clock.instant());
    assertThat(runner.observe(ofPredecessor, step, lease)).isInstanceOf(EffectView.Looking.class);
    clock.advance(Recognition.ON_ITS_WAY);
    assertThat(runner.observe(ofPredecessor, step, lease)).isInstanceOf(EffectView.Unknown.class);
  }

  @Test
  void theQueryOfADeadProcessIsSeenUntilItIsGone() throws IOException, InterruptedException {
    Step.ExpectValue step = step("SELECT 1 FROM pg_sleep(60)", ONE);
    LeaseView.Held lease = new LeaseView.Held(2, clock.instant());
    Process predecessor = ExpectingProcess.start(fresh, step.sql());
    await().atMost(Duration.ofSeconds(60)).until(() -> queries() == 1);
    predecessor.destroyForcibly();
    assertThat(predecessor.waitFor(5, TimeUnit.SECONDS)).isTrue();

    clock.advance(Recognition.ON_ITS_WAY);
    assertThat(runner.observe(INTENT, step, lease)).isEqualTo(new EffectView.Running(0, 0));
    runner.kill(INTENT, step);
    EffectView view =
        await()
            .until(
                () -> runner.observe(INTENT, step, lease), v -> !(v instanceof EffectView.Running));
    assertThat(view).isInstanceOf(EffectView.Unknown.class);
    assertThat(queries()).isZero();
  }

  @Test
  void aServerThatDoesNotAnswerLeavesItOpen() {
    try (PostgresDatabase away =
        new PostgresDatabase(
            "127.0.0.1", 1, "any", "prefer", new Credentials(PostgresProcess.USER, "any"))) {
      clock.advance(Recognition.ON_ITS_WAY);
      EffectView view =
          runner(away, flights, clock)
              .observe(INTENT, step("SELECT 1", ONE), new LeaseView.Held(2, Instant.EPOCH));
      assertThat(view).isInstanceOf(EffectView.Looking.class);
      assertThat(((EffectView.Looking) view).why().reason()).isEqualTo(Reason.DatabaseUnreachable);
    }
  }

  static PostgresExpectation runner(PostgresDatabase database, Flights flights, Clock clock) {
    return new PostgresExpectation(
        new PostgresQuestion(
            database, new Backends(database, clock), flights, new Recognition(flights, clock)));
  }

  private int queries() {
    return Integer.parseInt(
        fresh.value(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                + " AND application_name = 'asyncmig:0a1b2c3d:1:f0-0-1'"
                + " AND datname = current_database()"));
  }

  private Problem failure(Step.ExpectValue step) {
    EffectView view = run(step);
    flights.forget(INTENT.effectId());
    assertThat(view).isInstanceOf(EffectView.Failed.class);
    return ((EffectView.Failed) view).problem();
  }

  private EffectView run(Step.ExpectValue step) {
    runner.submit(INTENT, step, () -> {});
    return await().until(() -> observe(step), v -> !(v instanceof EffectView.Running));
  }

  private EffectView observe(Step.ExpectValue step) {
    return runner.observe(INTENT, step, new LeaseView.Held(1, clock.instant()));
  }

  static Step.ExpectValue step(String sql, Expectation expectation) {
    return new Step.ExpectValue(Step.DatabaseKind.POSTGRESQL, sql, Map.of(), expectation);
  }
}
