package com.posthog.asyncmigrations.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TelemetryTest {
  private final Telemetry telemetry = new Telemetry();

  @AfterEach
  void close() {
    telemetry.close();
  }

  @Test
  void aMigrationIsMeasuredAsItStands() {
    assertThat(scrape(sample("one", "Running", 42, Optional.of(3), "Reconciling", "Running")))
        .contains(
            "async_migration_phase{migration=\"0001_x\",name=\"one\",namespace=\"prod\",phase=\"Running\"} 1.0",
            "async_migration_progress_ratio{migration=\"0001_x\",name=\"one\",namespace=\"prod\"} 0.42",
            "async_migration_operation_index{migration=\"0001_x\",name=\"one\",namespace=\"prod\"} 3.0",
            "async_migration_condition{migration=\"0001_x\",name=\"one\",namespace=\"prod\",reason=\"Running\",type=\"Reconciling\"} 1.0",
            "async_migration_condition_since_timestamp_seconds{migration=\"0001_x\",name=\"one\",namespace=\"prod\",type=\"Reconciling\"} 1.7672256E9");
  }

  @Test
  void anotherPhaseTakesThePlaceOfTheOneBefore() {
    scrape(sample("one", "Running", 42, Optional.of(3), "Reconciling", "Running"));

    String now = scrape(sample("one", "Errored", 42, Optional.of(3), "Stalled", "StatementFailed"));

    assertThat(now).contains("phase=\"Errored\"} 1.0").doesNotContain("phase=\"Running\"");
    assertThat(now).contains("reason=\"StatementFailed\"").doesNotContain("Reconciling");
  }

  @Test
  void theSeriesOfADeletedMigrationAreGone() {
    telemetry.scrape(
        List.of(
            sample("one", "Running", 1, Optional.of(0), "Reconciling", "Running"),
            sample("two", "NotStarted", 0, Optional.empty(), "Reconciling", "WaitingForStart")));

    assertThat(scrape(sample("two", "NotStarted", 0, Optional.empty(), "Reconciling", "Running")))
        .contains("name=\"two\"")
        .doesNotContain("name=\"one\"");
    assertThat(telemetry.scrape(List.of())).doesNotContain("name=\"");
  }

  @Test
  void stepsAreCountedByDatabaseAndFailuresByReason() {
    telemetry.stepStarted("clickhouse");
    telemetry.stepStarted("clickhouse");
    telemetry.stepFinished("clickhouse", Duration.ofMinutes(5));
    telemetry.stepFailed("clickhouse", Reason.StatementTimedOut, Duration.ofHours(2));

    assertThat(telemetry.scrape(List.of()))
        .contains(
            "async_migration_steps_started_total{database=\"clickhouse\"} 2.0",
            "async_migration_steps_finished_total{database=\"clickhouse\"} 1.0",
            "async_migration_steps_failed_total{database=\"clickhouse\",reason=\"StatementTimedOut\"} 1.0",
            "async_migration_step_duration_seconds_bucket{database=\"clickhouse\",le=\"60.0\"} 0",
            "async_migration_step_duration_seconds_bucket{database=\"clickhouse\",le=\"600.0\"} 1",
            "async_migration_step_duration_seconds_bucket{database=\"clickhouse\",le=\"21600.0\"} 2",
            "async_migration_step_duration_seconds_sum{database=\"clickhouse\"} 7500.0");
  }

  @Test
  void aPassThatThrowsIsMeasuredToo() {
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () ->
                    telemetry.pass(
                        "asyncmigration",
                        () -> {
                          throw new IllegalStateException("as the test wants it");
                        })))
        .hasMessage("as the test wants it");

    assertThat(telemetry.scrape(List.of()))
        .contains("async_migration_reconcile_seconds_count{controller=\"asyncmigration\"} 1");
  }

  private String scrape(MigrationSample sample) {
    return telemetry.scrape(List.of(sample));
  }

  private static MigrationSample sample(
      String name,
      String phase,
      int progress,
      Optional<Integer> operation,
      String condition,
      String reason) {
    return new MigrationSample(
        "prod",
        name,
        "0001_x",
        phase,
        progress,
        operation,
        Optional.of(condition),
        reason,
        1_767_225_600L);
  }
}
