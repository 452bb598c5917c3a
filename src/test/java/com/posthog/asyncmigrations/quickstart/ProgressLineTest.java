package com.posthog.asyncmigrations.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.Engine;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressLineTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

  private final ProgressLine line = new ProgressLine(Glyphs.ASCII);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          {}|................   0%  waiting for the operator
          {"conditions": []}|................   0%  waiting for the operator
          {"phase": "NotStarted"}|................   0%  NotStarted
          {"phase": "NotStarted", "conditions": [{"type": "Ready", "status": "False", "message": "no"}, {"type": "Reconciling", "status": "True", "message": "there is no Secret clickhouse"}]}|................   0%  NotStarted: there is no Secret clickhouse
          {"phase": "FailedAtStartup", "conditions": [{"type": "Stalled", "status": "True", "message": "no plan"}]}|................   0%  FailedAtStartup: no plan
          {"phase": "Starting", "progress": 0, "currentOperation": "a", "currentOperationIndex": 0, "operationsTotal": 3}|................   0%  Starting  1/3 a
          {"phase": "Running", "progress": 4, "currentOperation": "b", "currentOperationIndex": 1, "operationsTotal": 3}|................   4%  Running  2/3 b
          {"phase": "Running", "progress": 5, "currentOperation": "b", "currentOperationIndex": 1, "operationsTotal": 3, "operations": [{"name": "a", "rows": 7}, {"name": "b", "rows": 1234567}]}|................   5%  Running  2/3 b  1,234,567 rows
          {"phase": "Running", "progress": 57, "currentOperation": "b", "currentOperationIndex": 1, "operationsTotal": 3, "operations": [{"name": "b", "rows": 0}]}|#########.......  57%  Running  2/3 b
          {"phase": "Running", "progress": 57, "currentOperation": "b", "currentOperationIndex": 1, "operationsTotal": 3, "throughput": 812345, "eta": "2026-03-01T10:00:09Z", "operations": [{"name": "b", "rows": 1234567}]}|#########.......  57%  Running  2/3 b  1,234,567 rows, 812,345 a second, 9 s left
          {"phase": "Running", "progress": 57, "currentOperation": "b", "currentOperationIndex": 1, "operationsTotal": 3, "throughput": 5, "eta": "2026-03-01T13:00:09Z", "operations": [{"name": "b", "rows": 7}]}|#########.......  57%  Running  2/3 b  7 rows, 5 a second, 180 min left
          {"phase": "Running", "progress": 57, "currentOperation": "b", "currentOperationIndex": 1, "operationsTotal": 3, "throughput": 5, "eta": "2026-03-01T09:59:59Z", "operations": [{"name": "b", "rows": 7}]}|#########.......  57%  Running  2/3 b  7 rows, 5 a second, almost done
          {"phase": "RollingBack", "progress": 0, "currentOperation": "b", "currentOperationIndex": 1, "operationsTotal": 3, "operations": [{"name": "b"}]}|................   0%  RollingBack  2/3 b
          {"phase": "CompletedSuccessfully", "progress": 100, "currentOperation": "b", "currentOperationIndex": 2, "operationsTotal": 3, "operations": [{"name": "b", "rows": 1}]}|################ 100%  CompletedSuccessfully  3/3 b
          {"phase": "CompletedSuccessfully", "progress": 100}|################ 100%  CompletedSuccessfully
          """)
  void aMigration(String status, String expected) {
    Optional<AsyncMigrationStatus> parsed = Optional.of(status(status));

    assertThat(line.live(parsed, NOW)).isEqualTo(expected);
    assertThat(expected).contains(line.plain(parsed));
  }

  @Test
  void aMigrationThatNobodyHasSeen() {
    assertThat(line.live(Optional.empty(), NOW))
        .isEqualTo("................   0%  waiting for the operator");
  }

  @Test
  void whatIsNotMovingDoesNotCountRows() {
    String running =
        """
        {"phase": "Running", "progress": 5, "currentOperation": "b", "currentOperationIndex": 1,
         "operationsTotal": 3, "operations": [{"name": "b", "rows": 1234567}]}
        """;
    assertThat(line.plain(Optional.of(status(running)))).isEqualTo("  5%  Running  2/3 b");
  }

  @Test
  void theEnd() {
    String end = "{\"phase\": \"RolledBack\", \"progress\": 0, \"operationsTotal\": 18}";
    assertThat(line.end(status(end))).isEqualTo("................   0%  RolledBack, 18 operations");
    assertThat(line.end(status("{\"phase\": \"FailedAtStartup\"}")))
        .isEqualTo("................   0%  FailedAtStartup");
  }

  @Test
  void aDownload() {
    assertThat(line.download(new Engine.Progress("@chdb/lib", 142_250_000, 569_000_000)))
        .isEqualTo("####............  25%  @chdb/lib: 142 of 569 MB");
  }

  @Test
  void rowsThatAreWritten() {
    assertThat(line.fill(2_500_000, 10_000_000))
        .isEqualTo("####............  25%  filling events: 2,500,000 of 10,000,000 rows");
  }

  @ParameterizedTest
  @CsvSource({
    "en_US.UTF-8,,,UNICODE",
    "C,,,ASCII",
    "en_US.UTF-8,C,,ASCII",
    "C,,de_DE.utf8,UNICODE",
    ",,,ASCII"
  })
  void theSignsThatTheLocaleHas(String lang, String all, String type, String expected) {
    Map<String, String> environment = new HashMap<>();
    put(environment, "LANG", lang);
    put(environment, "LC_ALL", all);
    put(environment, "LC_CTYPE", type);

    assertThat(Glyphs.of(environment))
        .isEqualTo(expected.equals("UNICODE") ? Glyphs.UNICODE : Glyphs.ASCII);
  }

  private static void put(Map<String, String> environment, String name, @Nullable String value) {
    if (value != null) {
      environment.put(name, value);
    }
  }

  private static AsyncMigrationStatus status(String json) {
    return Serialization.unmarshal(json, AsyncMigrationStatus.class);
  }
}
