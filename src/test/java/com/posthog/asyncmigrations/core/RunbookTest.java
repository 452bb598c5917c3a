package com.posthog.asyncmigrations.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The runbook has a heading for each reason, and none for what is not a reason. */
class RunbookTest {
  private static final Path RUNBOOK = Path.of("docs", "runbook.md");
  private static final String HEADING = "### ";

  @Test
  void everyReasonHasAHeadingAndEveryHeadingAReason() throws IOException {
    assertThat(sections().keySet())
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Reason.values()).map(Reason::name).toList());
  }

  @Test
  void underEachAreAFewLines() throws IOException {
    assertThat(sections()).allSatisfy((reason, lines) -> assertThat(lines).hasSizeBetween(1, 5));
  }

  private static Map<String, List<String>> sections() throws IOException {
    Map<String, List<String>> sections = new LinkedHashMap<>();
    List<String> current = new ArrayList<>();
    for (String line : Files.readAllLines(RUNBOOK)) {
      if (line.startsWith(HEADING)) {
        current = new ArrayList<>();
        assertThat(sections.put(line.substring(HEADING.length()), current))
            .as("a second heading %s", line)
            .isNull();
      } else if (!line.isBlank() && !line.startsWith("# ")) {
        current.add(line);
      }
    }
    return sections;
  }
}
