package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.OutageProxy;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A server that the operator needs is away during a run: gone, slow, or silent. The run waits, says
 * why, and goes on by itself.
 */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class OutageIT {
  /** Longer than the lease in PostgreSQL, and than the one by which operators agree who acts. */
  private static final Duration LONG = Duration.ofSeconds(40);

  private static final Duration MOST = Duration.ofMinutes(3);

  private final Installation installation;
  private final OutageProxy clickHouse;
  private final OutageProxy postgres;
  private final OutageProxy apiServer;
  private OperatorProcess operator;

  OutageIT(ApiServerProcess server, TestDatabase database, SharedPostgres.Fresh fresh) {
    installation = new Installation(server, database, fresh);
    clickHouse = new OutageProxy(database.server().host(), database.server().httpPort());
    postgres = new OutageProxy(fresh.server().host(), fresh.server().port());
    apiServer = new OutageProxy("127.0.0.1", server.port());
    installation.instance(clickHouse.port(), postgres.port());
    operator = start().awaitLeading();
  }

  @AfterEach
  void stop() {
    operator.close();
    clickHouse.close();
    postgres.close();
    apiServer.close();
    installation.close();
  }

  @Test
  void clickHouseIsGoneForLongerThanALease() {
    runFor(60);
    clickHouse.refuse();
    saysThatItIsAway();
    passes(LONG);
    clickHouse.restore();
    finishes(60);
  }

  @Test
  void clickHouseIsSilent() {
    runFor(30);
    clickHouse.silence();
    saysThatItIsAway();
    clickHouse.restore();
    finishes(30);
  }

  @Test
  void clickHouseIsSlow() {
    runFor(10);
    clickHouse.slowDown(Duration.ofSeconds(1));
    finishes(10);
  }

  @Test
  void postgresIsGoneForLongerThanALease() {
    runFor(60);
    postgres.refuse();
    saysThatItIsAway();
    passes(LONG);
    postgres.restore();
    finishes(60);
  }

  @Test
  void postgresIsSilentForLongerThanALease() {
    runFor(60);
    postgres.silence();
    saysThatItIsAway();
    passes(LONG);
    postgres.restore();
    finishes(60);
  }

  @Test
  void postgresIsSlow() {
    runFor(10);
    postgres.slowDown(Duration.ofMillis(300));
    finishes(10);
  }

  /** Its connection is dead and nobody says so; what it did is rolled back, and done again. */
  @Test
  void postgresIsSilentUnderAStatementOfItsOwn() {
    installation.migrate(
        "m",
        Operations.postgres("create", "CREATE TABLE t (n int)")
            + Operations.postgres("slow", "INSERT INTO t SELECT 1 FROM pg_sleep(20)"));
    until(() -> installation.runsOnPostgres("pg_sleep"));
    postgres.silence();
    saysThatItIsAway();
    postgres.restore();

    until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.postgres().value("SELECT count(*) FROM t")).isEqualTo("1");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void theApiServerIsGoneForLongerThanALease() {
    runFor(50);
    apiServer.refuse();
    passes(LONG);
    assertThat(operator.isAlive()).isFalse(); // who cannot know that it leads does not act
    apiServer.restore();
    finishes(50);
  }

  @Test
  void theApiServerIsSilentForLongerThanALease() {
    runFor(50);
    apiServer.silence();
    passes(LONG);
    assertThat(operator.isAlive()).isFalse(); // who cannot know that it leads does not act
    apiServer.restore();
    finishes(50);
  }

  @Test
  void theApiServerIsSlow() {
    runFor(10);
    apiServer.slowDown(Duration.ofMillis(300));
    finishes(10);
  }

  /** A run whose statement takes so many seconds, at least, and is under way. */
  private void runFor(int seconds) {
    installation.migrate(
        "m",
        Operations.create("t")
            + Operations.fill("t", seconds * 10)
            + Operations.create("u")
            + Operations.count("t", seconds * 10));
    until(() -> installation.runs("INSERT INTO t"));
    assertThat(installation.replicas()).isEqualTo(5);
  }

  private void saysThatItIsAway() {
    until(() -> "DatabaseUnreachable".equals(installation.condition("m", "Reconciling").reason()));
    assertThat(installation.phase("m")).isEqualTo("Running");
  }

  private void passes(Duration time) {
    await().pollDelay(time).atMost(time.multipliedBy(2)).until(() -> true);
  }

  private void finishes(int seconds) {
    until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(1);
    assertThat(installation.status("m").orElseThrow().errors()).isNull();
    for (String once : new String[] {"CREATE TABLE t", "INSERT INTO t", "CREATE TABLE u"}) {
      assertThat(installation.started("m", once)).as(once).isEqualTo(1);
    }
    assertThat(installation.clickHouse().run("SELECT count() FROM t"))
        .isEqualTo(Integer.toString(seconds * 10));
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  /** An operator that has ended, because it could not know any more that it leads, is restarted. */
  private void until(Callable<Boolean> so) {
    await()
        .atMost(MOST)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              if (!operator.isAlive()) {
                operator = start();
              }
              return so.call();
            });
  }

  private OperatorProcess start() {
    return installation.startOperatorBehind(apiServer.port());
  }
}
