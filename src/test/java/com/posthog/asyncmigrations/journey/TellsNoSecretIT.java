package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A run that ends badly, or is ended, says a lot in its log, but no password. */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class TellsNoSecretIT {
  private final Installation installation;
  private final OperatorProcess operator;

  TellsNoSecretIT(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
    operator = installation.startOperator();
  }

  @AfterEach
  void stop() {
    operator.close();
    installation.close();
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
    Secrets.areNotTold(installation, operator);
  }

  private static Duration soon() {
    return Duration.ofMinutes(2);
  }
}
