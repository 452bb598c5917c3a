package com.posthog.asyncmigrations.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonTest {
  private static final Events.Facts BEFORE = new Events.Facts(2_000, 2_000, 2_000, "7", "k", "");

  @ParameterizedTest
  @CsvSource({
    "0, 2600, 2600, 7, 'every row is there, once: 2,000 as they were, and 600 that 3 clients'",
    "200, 2600, 2600, 7, every row is there",
    "200, 2800, 2800, 7, every row is there",
    "0, 2400, 2400, 7, 200 are missing",
    "0, 2600, 2400, 7, '200 are missing, 200 are there twice'",
    "0, 2601, 2600, 7, 1 are there twice",
    "200, 2801, 2801, 7, 1 are there that nobody has inserted",
    "0, 2600, 2600, 8, some of those that were there are not as they were"
  })
  void saysWhatIsMissingAndWhatIsThereTwice(
      long unanswered, long rows, long different, String content, String expected) {
    Comparison comparison =
        new Comparison(
            BEFORE,
            new Clients.Sent(600, unanswered),
            new Events.Facts(rows, different, 2_000, content, "v", ""));

    assertThat(comparison.sentence()).contains(expected);
    assertThat(comparison.holds()).isEqualTo(comparison.sentence().contains("every row"));
  }
}
