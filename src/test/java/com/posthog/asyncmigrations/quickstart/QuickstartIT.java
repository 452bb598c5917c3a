package com.posthog.asyncmigrations.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The quickstart, from its first line to the last trace of it. */
@ExtendWith(SharedClickHouse.class)
class QuickstartIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration LATER = Duration.ofMinutes(2);

  @TempDir Path directory;

  @Test
  void showsAMigrationAndLeavesNothing() throws InterruptedException {
    try (QuickstartProcess quickstart =
        QuickstartProcess.start(directory, "-Drows=24000", "-Dexit")) {
      assertThat(quickstart.exitCode()).as(quickstart.screen()).isZero();

      assertThat(quickstart.screen())
          .containsSubsequence(
              "GB of memory",
              "ClickHouse engine",
              "ClickHouse 26",
              "PostgreSQL on port",
              "kube-apiserver",
              "namespace posthog",
              "the operator, process",
              "24,000 events in the old shape",
              "3 clients insert events",
              "AsyncMigration 0002-events-sample-by applied",
              "Running  3/5 copy",
              "100%  CompletedSuccessfully, 5 operations",
              "copy: ",
              " rows in 13 partitions, ",
              "counts and hashes agree",
              "swap: with what came last: ",
              "every row is there, once: 24,000 as they were, and ",
              "before  24,000 rows",
              "ORDER BY (team_id, toDate(timestamp), distinct_id, uuid)",
              "after   ",
              "ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))",
              "kept as events_backup_0002_events_sample_by",
              "The migration took")
          .doesNotContain("\033", "WARN", "INFO", "Exception");
      assertThat(quickstart.screen().lines())
          .as("steps, what moves, and what is said in the end; nothing else")
          .allMatch(line -> line.isEmpty() || line.startsWith("  "));
      assertNothingIsLeft(quickstart, Set.of());
    }
  }

  /**
   * As the last lines on the screen say how; what was inserted since the exchange goes back too.
   */
  @Test
  void itIsTakenBackWithoutLosingARow() throws IOException, InterruptedException {
    try (QuickstartProcess quickstart = QuickstartProcess.start(directory, "-Drows=24000")) {
      await().atMost(LATER).until(() -> quickstart.shows("Ctrl-C ends everything"));
      String rows = quickstart.find("after   ([0-9,]+) rows").replace(",", "");
      try (KubernetesClient client =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(quickstart.kubeconfig()))
              .build()) {
        Resource<AsyncMigration> migration =
            client
                .resources(AsyncMigration.class)
                .inNamespace("posthog")
                .withName("0002-events-sample-by");
        migration.patch(
            PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"desiredState\":\"RolledBack\"}}");

        migration.waitUntilCondition(
            resource -> "RolledBack".equals(resource.getStatus().phase()), 2, TimeUnit.MINUTES);
      }
      assertThat(quickstart.clickHouse("SELECT count(), uniqExact(_offset) FROM events"))
          .isEqualTo(rows + "\t" + rows);
      assertThat(
              quickstart.clickHouse(
                  "SELECT sorting_key FROM system.tables WHERE database = 'posthog' AND name = 'events'"))
          .isEqualTo("team_id, toDate(timestamp), distinct_id, uuid");
      assertThat(quickstart.clickHouse("SHOW TABLES")).isEqualTo("events");
    }
  }

  @Test
  void aMigrationThatFailsEndsWithItsErrors() throws IOException, InterruptedException {
    Path migration = directory.resolve("fails.yaml");
    Files.writeString(
        migration,
        """
        apiVersion: migrations.posthog.com/v1alpha1
        kind: AsyncMigration
        metadata: {name: fails, namespace: posthog}
        spec:
          instanceRef: {name: posthog}
          migration: 0100_fails
          desiredState: Completed
          operations:
            - name: impossible
              sql:
                database: ClickHouse
                statements: [{sql: "SELECT throwIf(1, 'as the test wants it')"}]
              rollback: {notNeeded: true}
        """);
    try (QuickstartProcess quickstart =
        QuickstartProcess.start(directory, "-Drows=24000", "-Dmigration=" + migration)) {
      assertThat(quickstart.exitCode()).as(quickstart.screen()).isEqualTo(1);

      assertThat(quickstart.screen())
          .containsSubsequence(
              "AsyncMigration fails applied",
              "RolledBack, 1 operations",
              "The migration has failed:",
              "- impossible, ",
              "as the test wants it",
              "The operator's log is ");
      assertNothingIsLeft(quickstart, Set.of());
    }
  }

  @ParameterizedTest
  @CsvSource({"PostgreSQL on port,false", "Running,false", "Running,true"})
  void killedItLeavesNothing(String when, boolean launcher) {
    try (QuickstartProcess quickstart = QuickstartProcess.start(directory, "-Drows=24000")) {
      await().atMost(LATER).until(() -> quickstart.shows(when));
      Set<ProcessHandle> processes = quickstart.processes();
      assertThat(processes).hasSizeGreaterThan(4);

      (launcher ? quickstart.launcher() : quickstart.demonstration()).destroyForcibly();

      assertNothingIsLeft(quickstart, processes);
    }
  }

  private static void assertNothingIsLeft(
      QuickstartProcess quickstart, Set<ProcessHandle> processes) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(processes).noneMatch(ProcessHandle::isAlive);
              assertThat(quickstart.processes()).isEmpty();
              assertThat(quickstart.leftovers()).isEmpty();
            });
  }
}
