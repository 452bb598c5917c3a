package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OutageProxy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;

/**
 * A server that the operator needs is away during a run: gone, slow, or silent. The run waits, says
 * why, and goes on by itself.
 */
abstract class Outage extends Operated {
  /** Longer than the lease in PostgreSQL, and than the one by which operators agree who acts. */
  static final Duration LONG = Duration.ofSeconds(40);

  final OutageProxy clickHouse;
  final OutageProxy postgres;

  Outage(
      ApiServerProcess server,
      TestDatabase database,
      SharedPostgres.Fresh fresh,
      WatchedNamespace namespace) {
    super(server, database, fresh, namespace);
    clickHouse = new OutageProxy(database.server().host(), database.server().httpPort());
    postgres = new OutageProxy(fresh.server().host(), fresh.server().port());
    installation.instance(clickHouse.port(), postgres.port());
  }

  @AfterEach
  final void restore() {
    clickHouse.close();
    postgres.close();
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

  void until(Callable<Boolean> so) {
    until("it goes on", so);
  }
}
