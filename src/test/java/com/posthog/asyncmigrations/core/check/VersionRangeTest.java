package com.posthog.asyncmigrations.core.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.posthog.asyncmigrations.core.upgrade.Version;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Python's {@code semantic_version.SimpleSpec} (2.10) says of the same versions. */
final class VersionRangeTest {
  private static final String VERSIONS =
      "0.0.2 0.0.3 0.2.0 0.2.3 0.3.0 1.0.0 1.1.9 1.2.0 1.2.2 1.2.3 1.2.9 1.3.0 1.9.9 2.0.0 21.5.9 21.6.0"
          + " 21.6.9 21.7.0";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ">=21.6.0,<21.7.0 | 21.6.0 21.6.9",
        "==1.2.3          | 1.2.3",
        "1.2.3            | 1.2.3",
        "=1.2             | 1.2.0 1.2.2 1.2.3 1.2.9",
        "1                | 1.0.0 1.1.9 1.2.0 1.2.2 1.2.3 1.2.9 1.3.0 1.9.9",
        "1.2.*            | 1.2.0 1.2.2 1.2.3 1.2.9",
        "1.*.3            | 1.0.0 1.1.9 1.2.0 1.2.2 1.2.3 1.2.9 1.3.0 1.9.9",
        "<1.2.3           | 0.0.2 0.0.3 0.2.0 0.2.3 0.3.0 1.0.0 1.1.9 1.2.0 1.2.2",
        "<=1.2.3          | 0.0.2 0.0.3 0.2.0 0.2.3 0.3.0 1.0.0 1.1.9 1.2.0 1.2.2 1.2.3",
        "<=1              | 0.0.2 0.0.3 0.2.0 0.2.3 0.3.0 1.0.0 1.1.9 1.2.0 1.2.2 1.2.3 1.2.9 1.3.0 1.9.9",
        "<0.2             | 0.0.2 0.0.3",
        "<=0.2            | 0.0.2 0.0.3 0.2.0 0.2.3",
        ">1.2             | 1.3.0 1.9.9 2.0.0 21.5.9 21.6.0 21.6.9 21.7.0",
        ">1               | 2.0.0 21.5.9 21.6.0 21.6.9 21.7.0",
        ">1.3.0           | 1.9.9 2.0.0 21.5.9 21.6.0 21.6.9 21.7.0",
        "~1               | 1.0.0 1.1.9 1.2.0 1.2.2 1.2.3 1.2.9 1.3.0 1.9.9",
        "~1.2             | 1.2.0 1.2.2 1.2.3 1.2.9",
        "~1.2.3           | 1.2.3 1.2.9",
        "~=1              | 1.0.0 1.1.9 1.2.0 1.2.2 1.2.3 1.2.9 1.3.0 1.9.9",
        "~=1.2            | 1.2.0 1.2.2 1.2.3 1.2.9 1.3.0 1.9.9",
        "~=1.2.3          | 1.2.3 1.2.9",
        "^1.2.3           | 1.2.3 1.2.9 1.3.0 1.9.9",
        "^0.2.2           | 0.2.3",
        "^0.0.3           | 0.0.3",
        ">=1.2,!=1.2.3,<2 | 1.2.0 1.2.2 1.2.9 1.3.0 1.9.9",
        "~1.2,!=1.2.3     | 1.2.0 1.2.2 1.2.9",
      })
  void whatPasses(String range, String versions) {
    assertThat(passing(range)).isEqualTo(versions);
  }

  @Test
  void everythingAndNothing() {
    assertThat(passing("*")).isEqualTo(VERSIONS);
    assertThat(passing(">=*")).isEqualTo(VERSIONS);
    assertThat(passing("^0")).isEmpty();
    assertThat(passing("!=1,!=0,!=2,!=21")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "!=*",
        "<*",
        "~*",
        "^*",
        "1.2.3.4",
        ">= 1",
        "01.2.3",
        "1..2",
        "~>1",
        "1.x",
        "1.2.3-beta",
        ">1,",
        "latest"
      })
  void whatIsNoRange(String text) {
    assertThatThrownBy(() -> VersionRange.parse(text))
        .hasMessageContaining("InvalidPlan")
        .hasMessageContaining("spec.serviceVersions")
        .hasMessageContaining(">=21.6.0,<21.7.0 would pass");
  }

  private static String passing(String range) {
    VersionRange parsed = VersionRange.parse(range);
    return Arrays.stream(VERSIONS.split(" "))
        .filter(v -> parsed.contains(Version.parse(v).orElseThrow()))
        .collect(Collectors.joining(" "));
  }
}
