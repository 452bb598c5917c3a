package com.posthog.asyncmigrations.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpectationTest {

  @Test
  void anEqualValueIsComparedAsText() {
    Expectation expectation =
        new Expectation(Optional.of("0"), OptionalLong.empty(), OptionalLong.empty());

    assertThat(expectation.passes("0")).isTrue();
    assertThat(expectation.passes("00")).isFalse();
    assertThat(expectation.describe()).isEqualTo("'0'");
  }

  @ParameterizedTest
  @CsvSource({"9, false", "10, true", "11, true", "' 10 ', true", "ten, false", "'', false"})
  void aLowerBound(String value, boolean passes) {
    Expectation expectation =
        new Expectation(Optional.empty(), OptionalLong.of(10), OptionalLong.empty());

    assertThat(expectation.passes(value)).isEqualTo(passes);
    assertThat(expectation.describe()).isEqualTo("at least 10");
  }

  @ParameterizedTest
  @CsvSource({"9, true", "10, true", "11, false", "1e1, false"})
  void anUpperBound(String value, boolean passes) {
    Expectation expectation =
        new Expectation(Optional.empty(), OptionalLong.empty(), OptionalLong.of(10));

    assertThat(expectation.passes(value)).isEqualTo(passes);
    assertThat(expectation.describe()).isEqualTo("at most 10");
  }
}
