package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What people and their tools are told of a run besides its status. */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class TelemetryIT {
  private static final Pattern OURS = Pattern.compile("async_migration_[a-z_]+");
  private static final String REFUSAL = "InvalidPlan";

  private final Installation installation;
  private final int port = Served.freePort();
  private final OperatorProcess operator;

  TelemetryIT(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
    operator = installation.startOperator(Map.of("HTTP_PORT", Integer.toString(port)));
  }

  @AfterEach
  void stop() {
    operator.close();
    installation.close();
  }

  @Test
  void aRefusalIsTheSameWordEverywhere() throws IOException {
    installation.migrate("m", Operations.postgres("one", "INSERT INTO t VALUES ({who:text})"));

    await()
        .atMost(soon())
        .until(() -> REFUSAL.equals(installation.condition("m", "Stalled").reason()));
    await().atMost(soon()).until(() -> installation.eventReasons("m").contains(REFUSAL));
    assertThat(metrics())
        .containsPattern("async_migration_condition\\{.*reason=\"InvalidPlan\",type=\"Stalled\"} 1")
        .contains(
            "async_migration_condition_changes_total{reason=\"InvalidPlan\",type=\"Stalled\"} 1")
        .contains("async_migration_events_total{reason=\"InvalidPlan\",type=\"Warning\"} 1");
    assertThat(operator.log().stream().map(Served::json))
        .anySatisfy(
            line -> {
              assertThat(line.path("reason").asText()).isEqualTo(REFUSAL);
              assertThat(line.path("migration").asText())
                  .isEqualTo(installation.namespace() + "/m");
              assertThat(line.path("message").asText()).contains("{who}");
            });
    assertThat(Files.readAllLines(Path.of("docs", "runbook.md"))).contains("### " + REFUSAL);
  }

  @Test
  void aRunIsMeasuredAndItsSeriesGoWithIt() throws IOException {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 100));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));
    await().atMost(soon()).until(() -> metrics().contains("phase=\"Running\"} 1.0"));
    assertThat(metrics())
        .contains("async_migration_leader 1.0", "async_migration_leases_held 1.0")
        .containsPattern("async_migration_operation_index\\{[^}]*} 1.0");
    assertThat(ask("/readyz")).isEqualTo("ready, leads\n");
    int another = Served.freePort();
    try (OperatorProcess other =
        installation.startOperator(Map.of("HTTP_PORT", Integer.toString(another)))) {
      assertThat(other.isAlive()).isTrue();
      await()
          .atMost(soon())
          .until(() -> "ready, stands by\n".equals(Served.ask(another, "/readyz")));
      assertThat(Served.ask(another, "/metrics"))
          .contains("async_migration_leader 0.0")
          .doesNotContain("async_migration_phase{");
    }

    await().atMost(soon()).until(() -> metrics().contains("phase=\"CompletedSuccessfully\"} 1.0"));
    await().atMost(soon()).until(() -> metrics().contains("async_migration_leases_held 0.0"));
    String all = metrics();
    assertThat(all)
        .contains(
            "async_migration_steps_started_total{database=\"clickhouse\"} 2.0",
            "async_migration_steps_finished_total{database=\"clickhouse\"} 2.0",
            "async_migration_step_duration_seconds_count{database=\"clickhouse\"} 2",
            "async_migration_status_writes_total{result=\"written\"}",
            "jvm_memory_used_bytes")
        .containsPattern("async_migration_progress_ratio\\{[^}]*} 1.0")
        .containsPattern(
            "async_migration_reconcile_seconds_count\\{controller=\"asyncmigration\"}");
    String described = Files.readString(Path.of("docs", "metrics.md"));
    assertThat(names(all)).allSatisfy(name -> assertThat(described).contains("`" + name));

    installation.delete("migrations.posthog.com/v1alpha1", "AsyncMigration", "m");
    await().atMost(soon()).until(() -> !metrics().contains("async_migration_phase{"));
  }

  @Test
  void atATerminalTheLogIsText() {
    Map<String, String> environment = Map.of("LOG_FORMAT", "text");
    try (OperatorProcess other = installation.startOperator(environment)) {
      await()
          .atMost(soon())
          .until(() -> other.log().stream().anyMatch(line -> line.contains("The leader is")));
      assertThat(other.log()).noneMatch(line -> line.startsWith("{"));
    }
  }

  /** Without what Prometheus adds to those of histograms and of maxima. */
  private static Set<String> names(String metrics) {
    return OURS.matcher(metrics)
        .results()
        .map(MatchResult::group)
        .map(name -> name.replaceFirst("_(bucket|count|sum|max)$", ""))
        .collect(Collectors.toSet());
  }

  private String metrics() {
    return ask("/metrics");
  }

  private String ask(String path) {
    return Served.ask(port, path);
  }

  private static Duration soon() {
    return Duration.ofMinutes(2);
  }
}
