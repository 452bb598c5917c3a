package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many operations, of which a status shows a few. */
class ManyOperationsIT extends Operated {
  private static final int OPERATIONS = 50;
  private static final int MOST_BYTES = 16 * 1024;

  private final KubernetesSerialization json = new KubernetesSerialization();

  ManyOperationsIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void theStatusStaysSmallAllTheWay() {
    installation.migrate(
        "m",
        IntStream.range(0, OPERATIONS)
            .mapToObj(ManyOperationsIT::operation)
            .collect(Collectors.joining()));

    until(
        "all of them are done",
        () -> {
          installation.status("m").ifPresent(this::isSmall);
          return "CompletedSuccessfully".equals(installation.phase("m"));
        });

    AsyncMigrationStatus status = installation.status("m").orElseThrow();
    isSmall(status);
    assertThat(status.operationsTotal()).isEqualTo(OPERATIONS);
    assertThat(status.operations())
        .extracting(OperationStatus::index)
        .hasSize(20)
        .contains(OPERATIONS - 1);
    assertThat(installation.started("m", "SELECT 1")).isEqualTo(OPERATIONS);
  }

  private void isSmall(AsyncMigrationStatus status) {
    assertThat(json.asJson(status).getBytes(StandardCharsets.UTF_8))
        .hasSizeLessThanOrEqualTo(MOST_BYTES);
  }

  private static String operation(int index) {
    return """
        - name: %s-%03d
          sql:
            database: ClickHouse
            statements:
              - sql: SELECT 1
          rollback: {notNeeded: true}
        """
        .formatted("long".repeat(14), index);
  }
}
