package com.posthog.asyncmigrations.core.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The page of the state machine is made from the phase table. After a change of the table: {@code
 * mvn test -Dtest=StateMachinePageTest -Ddocs.write=true}.
 */
class StateMachinePageTest {
  private static final Path PAGE = Path.of("docs", "state-machine.md");

  @Test
  void thePageIsThatOfTheTable() throws IOException {
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, page());
    }
    assertThat(Files.readString(PAGE))
        .as("run with -Ddocs.write=true to bring the page up to date")
        .isEqualTo(page());
  }

  private static String page() {
    return """
        # The state machine

        Made from the phase table (`core/decide/PhaseTable`) by a test; do not edit it.

        A migration stands in one phase. Each pass of the reconciler takes the first row of that phase whose guard
        holds, and does one thing: it writes the next record, performs one effect, or waits.

        ```mermaid
        stateDiagram-v2
            [*] --> NotStarted
        %s```

        ## Every row

        In the order in which they are asked. A row without an arrow stays in its phase: it waits, acts, or writes
        down how far the run is.

        %s"""
        .formatted(diagram(), rows());
  }

  private static String diagram() {
    Map<String, Set<String>> changes = new LinkedHashMap<>();
    PhaseTable.arrows().stream()
        .filter(arrow -> arrow.from() != arrow.to())
        .forEach(
            arrow ->
                changes
                    .computeIfAbsent(
                        arrow.from().word() + " --> " + arrow.to().word(),
                        key -> new LinkedHashSet<>())
                    .add(arrow.event().name()));
    return changes.entrySet().stream()
        .map(
            change -> "    " + change.getKey() + ": " + String.join(", ", change.getValue()) + "\n")
        .collect(Collectors.joining());
  }

  private static String rows() {
    StringBuilder text = new StringBuilder();
    for (Phase phase : Phase.values()) {
      text.append("**").append(phase.word()).append("**: ");
      text.append(
          PhaseTable.arrows().stream()
              .filter(arrow -> arrow.from() == phase)
              .map(
                  arrow ->
                      "`"
                          + arrow.event()
                          + "`"
                          + (arrow.to() == phase ? "" : " → " + arrow.to().word()))
              .collect(Collectors.joining(", ")));
      text.append("\n\n");
    }
    return text.toString().stripTrailing() + "\n";
  }
}
