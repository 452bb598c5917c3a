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

/** Two operators at once: one acts. */
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class TwoOperatorsIT {
  private final Installation installation;

  TwoOperatorsIT(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
  }

  @AfterEach
  void stop() {
    installation.close();
  }

  @Test
  void theOneThatLeadsActs() {
    try (OperatorProcess one = start(installation.namespace());
        OperatorProcess other = start(installation.namespace())) {
      run();

      assertThat(acts(one)).isNotEqualTo(acts(other));
    }
  }

  /** Both believe that they lead, as after a partition: the lease in PostgreSQL lets one act. */
  @Test
  void theOneThatHoldsTheLeaseActs() {
    try (OperatorProcess one = start(installation.namespace());
        OperatorProcess other = start("default")) {
      run();

      assertThat(one.log()).anyMatch(line -> line.contains("leads"));
      assertThat(other.log()).anyMatch(line -> line.contains("leads"));
    }
  }

  private void run() {
    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 50) + Operations.count("t", 50));
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(1);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  private static boolean acts(OperatorProcess operator) {
    return operator.log().stream().anyMatch(line -> line.contains("STEP_FINISHED"));
  }

  private OperatorProcess start(String leaseNamespace) {
    return installation.startOperator(leaseNamespace);
  }
}
