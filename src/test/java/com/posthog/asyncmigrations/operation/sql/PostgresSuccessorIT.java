package com.posthog.asyncmigrations.operation.sql;

import static com.posthog.asyncmigrations.operation.sql.Operator.alone;
import static com.posthog.asyncmigrations.operation.sql.Operator.transactional;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.postgres.Leases;
import com.posthog.asyncmigrations.postgres.Ledger;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import com.posthog.asyncmigrations.postgres.Schema;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a successor finds of a statement whose operator is gone, or believed to be gone. */
@ExtendWith(SharedPostgres.class)
class PostgresSuccessorIT {
  private static final Servers SCOPE = new Servers("scope", List.of("node"), "database");
  private static final Intent INTENT = Records.intent(1, 1);
  private static final Recorded BEGUN = Records.running(1, Records.first(1), Optional.of(INTENT));
  private static final String SLOW = "INSERT INTO t SELECT 1 FROM pg_sleep(4)";

  private SharedPostgres.Fresh fresh;
  private PostgresDatabase database;
  private Leases leases;
  private Ledger ledger;
  private LeaseView.Held lease;
  private Operator successor;

  @BeforeEach
  void begin(SharedPostgres.Fresh given) {
    fresh = given;
    database = fresh.open();
    new Schema(database).upgrade();
    database.ask(c -> c.createStatement().execute("CREATE TABLE t (x int)"));
    leases = new Leases(database, "one", Clock.systemUTC(), System::nanoTime, Leases.Times.DEFAULT);
    lease = leases.take(SCOPE, Records.KEY).orElseThrow();
    ledger = new Ledger(database, "one");
    ledger.write(Records.KEY, SCOPE, lease, Recorded.NOTHING, BEGUN);
    successor = new Operator(database, 2);
  }

  @AfterEach
  void end() {
    successor.close();
    leases.close();
  }

  @Test
  void adoptsWhatAKilledOperatorLeftRunning() throws IOException, InterruptedException {
    Step.PostgresStatement step = transactional(SLOW);
    Process operator = OperatorProcess.start(fresh, SLOW, true);
    successor.awaitRunning(INTENT, step);
    operator.destroyForcibly();
    assertThat(operator.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(rows()).isZero();

    assertThat(successor.observe(INTENT, step)).isEqualTo(new EffectView.Running(0, 0));
    assertThat(successor.end(INTENT, step)).isEqualTo(new EffectView.Finished(0));
    assertThat(rows()).isOne();

    assertThat(successor.run(INTENT, step)).isEqualTo(new EffectView.Finished(0));
    assertThat(rows()).isOne();
  }

  @Test
  void knowsThatWhatWasKilledWithItsOperatorNeverRan() throws IOException, InterruptedException {
    Step.PostgresStatement step = transactional(SLOW);
    Process operator = OperatorProcess.start(fresh, SLOW, true);
    successor.awaitRunning(INTENT, step);
    operator.destroyForcibly();
    assertThat(operator.waitFor(5, TimeUnit.SECONDS)).isTrue();
    successor.statements.kill(INTENT, step);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> successor.observe(INTENT, step) instanceof EffectView.Looking);
    successor.wait15();
    assertThat(successor.observe(INTENT, step)).isEqualTo(new EffectView.NotRun());
    assertThat(rows()).isZero();
    assertThat(fresh.value("SELECT count(*) FROM async_migrations.step")).isEqualTo("0");
  }

  @Test
  void cannotTellWhatBecameOfAStatementOutsideATransaction()
      throws IOException, InterruptedException {
    Step.PostgresStatement step = alone(SLOW);
    Process operator = OperatorProcess.start(fresh, SLOW, false);
    successor.awaitRunning(INTENT, step);
    operator.destroyForcibly();
    assertThat(operator.waitFor(5, TimeUnit.SECONDS)).isTrue();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> successor.observe(INTENT, step) instanceof EffectView.Looking);
    successor.wait15();
    assertThat(successor.observe(INTENT, step)).isInstanceOf(EffectView.Unknown.class);
    assertThat(rows()).isOne();
  }

  @Test
  void theLedgerStaysWritableWhileAStatementRuns() {
    try (Operator operator = new Operator(database, 1)) {
      Step.PostgresStatement step = transactional(SLOW);
      operator.submit(INTENT, step);
      operator.awaitRunning(INTENT, step);
      Recorded adopted = Records.running(2, Records.first(1), Optional.of(Records.intent(1, 2)));
      ledger.write(Records.KEY, SCOPE, lease, BEGUN, adopted);
      assertThat(rows()).isZero();
      assertThat(operator.end(INTENT, step)).isEqualTo(new EffectView.Finished(1));
      assertThat(rows()).isOne();
    }
  }

  @Test
  void aZombieThatStartsLateIsRefused() {
    ledger.write(
        Records.KEY, SCOPE, lease, BEGUN, Records.running(2, Records.first(1), Optional.empty()));
    try (Operator zombie = new Operator(database, 1)) {
      assertMovedOn(zombie.run(INTENT, transactional("INSERT INTO t VALUES (1)")), "begin");
    }
    assertThat(rows()).isZero();
  }

  @Test
  void aZombieWhoseRunMovesOnMeanwhileDoesNotCommit() {
    try (Operator zombie = new Operator(database, 1)) {
      Step.PostgresStatement step = transactional("INSERT INTO t SELECT 1 FROM pg_sleep(2)");
      zombie.submit(INTENT, step);
      zombie.awaitRunning(INTENT, step);
      ledger.write(
          Records.KEY, SCOPE, lease, BEGUN, Records.running(2, Records.first(2), Optional.empty()));
      assertMovedOn(zombie.end(INTENT, step), "commit");
    }
    assertThat(rows()).isZero();
    assertThat(fresh.value("SELECT count(*) FROM async_migrations.step")).isEqualTo("0");
  }

  @Test
  void twoProcessesThatStartTheSameStepRunItOnce() {
    try (Operator zombie = new Operator(database, 1)) {
      Step.PostgresStatement step = transactional("INSERT INTO t SELECT 1 FROM pg_sleep(2)");
      zombie.submit(INTENT, step);
      zombie.awaitRunning(INTENT, step);
      successor.submit(INTENT, step);
      assertThat(zombie.end(INTENT, step)).isInstanceOf(EffectView.Finished.class);
      assertThat(successor.end(INTENT, step)).isInstanceOf(EffectView.Finished.class);
    }
    assertThat(rows()).isOne();
  }

  private int rows() {
    return Integer.parseInt(fresh.value("SELECT count(*) FROM t"));
  }

  private static void assertMovedOn(EffectView view, String when) {
    assertThat(view).isInstanceOf(EffectView.Failed.class);
    assertThat(((EffectView.Failed) view).problem().message()).contains("must not " + when);
  }
}
