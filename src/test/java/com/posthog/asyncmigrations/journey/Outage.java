package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.OutageProxy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;

/**
 * A server that the operator needs is away during a run: gone, slow, or silent. The run waits, says
 * why, and goes on by itself.
 */
abstract class Outage {
  /** Longer than the lease in PostgreSQL, and than the one by which operators agree who acts. */
  static final Duration LONG = Duration.ofSeconds(40);

  private static final Duration MOST = Duration.ofMinutes(3);

  final Installation installation;
  final OutageProxy clickHouse;
  final OutageProxy postgres;
  final OutageProxy apiServer;
  OperatorProcess operator;

  Outage(ApiServerProcess server, TestDatabase database, SharedPostgres.Fresh fresh) {
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

  /** A run whose statement takes so many seconds, at least, and is under way. */
  final void runFor(int seconds) {
    installation.migrate(
        "m",
        Operations.create("t")
            + Operations.fill("t", seconds * 10)
            + Operations.create("u")
            + Operations.count("t", seconds * 10));
    until(() -> installation.runs("INSERT INTO t"));
    assertThat(installation.replicas()).isEqualTo(5);
  }

  final void saysThatItIsAway() {
    until(() -> "DatabaseUnreachable".equals(installation.condition("m", "Reconciling").reason()));
    assertThat(installation.phase("m")).isEqualTo("Running");
  }

  final void passes(Duration time) {
    await().pollDelay(time).atMost(time.multipliedBy(2)).until(() -> true);
  }

  /** By itself. */
  final void operatorEnds() {
    await().atMost(MOST).until(() -> !operator.isAlive());
  }

  final void finishes(int seconds) {
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
  final void until(Callable<Boolean> so) {
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
