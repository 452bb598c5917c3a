package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** One instance runs one migration at a time, whichever operator is there to run it. */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class TwoMigrationsIT {
  private static final String DONE = "CompletedSuccessfully";

  private final Installation installation;
  private OperatorProcess operator;

  TwoMigrationsIT(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
    operator = installation.startOperator();
  }

  @AfterEach
  void stop() {
    operator.close();
    installation.close();
  }

  @Test
  void theSecondWaitsForTheFirstAlsoWhenTheOperatorDies() {
    installation.migrate("first", Operations.create("t") + Operations.fill("t", 600));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));
    installation.migrate("second", Operations.create("u") + Operations.fill("u", 5));
    await().atMost(soon()).untilAsserted(this::theSecondWaits);

    operator.kill();
    operator = installation.startOperator();

    await().atMost(later()).until(() -> DONE.equals(installation.phase("second")));
    assertThat(installation.phase("first")).isEqualTo(DONE);
    assertThat(installation.started("first", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.started("second", "INSERT INTO u")).isEqualTo(1);
    assertThat(time("max", "QueryFinish", "first")).isLessThan(time("min", "QueryStart", "second"));
    assertThat(installation.clickHouse().run("SELECT count() FROM t")).isEqualTo("600");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    for (String name : Set.of("first", "second")) {
      AsyncMigrationStatus status = installation.status(name).orElseThrow();
      assertThat(status.workers().original().replicas()).isEqualTo(Installation.REPLICAS);
      assertThat(status.workers().state()).isEqualTo("Restored");
    }
  }

  private void theSecondWaits() {
    assertThat(installation.condition("second", "Reconciling").reason()).isEqualTo("AnotherRuns");
    assertThat(installation.condition("second", "Reconciling").message())
        .contains("first/0100_first");
    assertThat(installation.phase("second")).isEqualTo("NotStarted");
  }

  /** When the first or last statement of a run began or ended, in microseconds. */
  private long time(String which, String type, String name) {
    return Long.parseLong(
        installation
            .clickHouse()
            .run(
                """
                SELECT toUnixTimestamp64Micro(%s(event_time_microseconds)) FROM system.query_log
                WHERE type = '%s' AND startsWith(query_id, '%s-')
                """
                    .formatted(which, type, installation.queryPrefix(name))));
  }

  private static Duration soon() {
    return Duration.ofMinutes(2);
  }

  /** The first statement, a lease to run out, another run, and a slow machine. */
  private static Duration later() {
    return Duration.ofMinutes(4);
  }
}
