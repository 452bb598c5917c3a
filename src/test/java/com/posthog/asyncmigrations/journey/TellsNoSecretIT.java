package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A run that ends badly, or is ended, says a lot in its log, but no password. */
class TellsNoSecretIT extends Operated {
  TellsNoSecretIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void whenAStatementFailsOnClickHouse() {
    installation.migrate("m", Operations.create("t") + Operations.fail());

    endsAs("RolledBack", "as the test wants it");
  }

  @Test
  void whenAStatementFailsOnPostgres() {
    installation.migrate("m", Operations.postgres("fail", "SELECT 1 / 0"));

    endsAs("RolledBack", "division by zero");
  }

  @Test
  void whenAStatementIsStoppedOnClickHouse() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    installation.wish("m", "Stopped");

    endsAs("Errored", "desiredState");
  }

  @Test
  void whenAStatementIsStoppedOnPostgres() {
    installation.migrate("m", Operations.postgres("slow", "SELECT pg_sleep(600)"));
    await().atMost(soon()).until(() -> installation.runsOnPostgres("pg_sleep"));

    installation.wish("m", "Stopped");

    endsAs("Errored", "desiredState");
  }

  private void endsAs(String phase, String because) {
    await().atMost(soon()).until(() -> phase.equals(installation.phase("m")));
    assertThat(installation.condition("m", "Stalled").message()).contains(because);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(installation.eventReasons("m")).isNotEmpty();
    Secrets.areNotTold(installation, log());
  }

  private static Duration soon() {
    return Duration.ofMinutes(2);
  }
}
