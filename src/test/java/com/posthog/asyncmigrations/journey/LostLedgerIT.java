package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One of the two places where a run is remembered is lost. */
class LostLedgerIT extends Operated {
  LostLedgerIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @BeforeEach
  void runs() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 300));
    await().atMost(Duration.ofSeconds(60)).until(() -> installation.runs("INSERT INTO t"));
  }

  @Test
  void withoutPostgresTheRunHoldsAndTheWorkersAreRestored() {
    installation.postgres().asSuperuser("TRUNCATE async_migrations.migration");

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> "LedgerLost".equals(installation.condition("m", "Stalled").reason()));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> installation.replicas() == Installation.REPLICAS);
    assertThat(installation.phase("m")).isEqualTo("Running");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
  }

  /** A copy of the database that lags behind took its place: what it says was true once. */
  @Test
  void withAnOlderPostgresNothingIsDoneThatMayHaveBeenDone() {
    installation
        .postgres()
        .asSuperuser("CREATE TABLE public.older AS SELECT * FROM async_migrations.migration");
    installation.wish("m", "Stopped");
    await().atMost(Duration.ofMinutes(2)).until(() -> "Errored".equals(installation.phase("m")));
    installation
        .postgres()
        .asSuperuser(
            "TRUNCATE async_migrations.migration",
            "INSERT INTO async_migrations.migration SELECT * FROM public.older");

    installation.wish("m", "RolledBack");

    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> "LedgerLost".equals(installation.condition("m", "Stalled").reason()));
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.started("m", "DROP TABLE")).isZero();
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void withoutItsStatusTheRunGoesOnFromPostgres() {
    String before = installation.status("m").orElseThrow().runId();

    installation.kubectl(
        "patch",
        "asyncmig",
        "m",
        "--subresource=status",
        "--type=json",
        "--patch=[{\"op\":\"remove\",\"path\":\"/status\"}]");

    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.status("m").orElseThrow().runId()).isEqualTo(before);
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.clickHouse().run("SELECT count() FROM t")).isEqualTo("300");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }
}
