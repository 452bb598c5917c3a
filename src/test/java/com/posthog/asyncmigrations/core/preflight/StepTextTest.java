package com.posthog.asyncmigrations.core.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StepTextTest {
  private static final Map<String, String> NONE = Map.of();
  private static final Step.Pace PACE = new Step.Pace(Duration.ofSeconds(1), 1, Duration.ZERO);

  private static final TableCopy COPY =
      new TableCopy("t", "n", Map.of(), List.of(), true, 1, Map.of());

  /** A step, and what is said of it; of copies the tables tell. */
  record Example(Step step, List<String> says) {}

  static Stream<Example> examples() {
    return Stream.of(
        example(new Step.ClickHouseStatement("A", NONE, NONE, OnUnknown.FAIL), "A"),
        example(new Step.PostgresStatement("B", NONE, NONE, true, OnUnknown.FAIL), "B"),
        example(new Step.BatchUpdate("t", List.of("id"), "C {batch}", NONE, PACE), "C {batch}"),
        example(
            new Step.CopyFromPostgres("t", List.of("id"), NONE, Optional.empty(), "u", NONE, PACE)),
        example(new CopyTable(COPY, false)),
        example(new ExchangeTables(COPY, "before", false)),
        example(
            new Step.CompareTables("t", "u", List.of(), Optional.of("d = 1"), NONE),
            "compare the rows of t and u WHERE d = 1"),
        example(
            new Step.ExpectValue(
                Step.DatabaseKind.CLICKHOUSE,
                "SELECT 1",
                NONE,
                new Expectation(Optional.of("1"), OptionalLong.empty(), OptionalLong.empty())),
            "SELECT 1"),
        example(
            new Step.ListItems(Step.DatabaseKind.CLICKHOUSE, "SELECT p", NONE, List.of("p")),
            "SELECT p"),
        example(
            new Step.ScaleDeployment("plugins", OptionalInt.of(0)),
            "scale Deployment plugins to 0"),
        example(
            Step.ScaleDeployment.restoring("plugins"),
            "put back the replicas of Deployment plugins"),
        example(new Step.RunJob("{}", 0), "run a Job"),
        example(
            new Step.Mutate("t", "DELETE WHERE a", NONE, NONE),
            "ALTER TABLE t DELETE WHERE 'QUERY_ID' = 'QUERY_ID' AND a"));
  }

  private static Example example(Step step, String... says) {
    return new Example(step, List.of(says));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void saysWhatWouldBeSent(Example example) {
    assertThat(example.step().fold(new StepText())).isEqualTo(example.says());
  }
}
