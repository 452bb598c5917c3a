package com.posthog.asyncmigrations.core.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerVersionTest {

  @ParameterizedTest
  @CsvSource({
    "21.8.4.51-testing, 21.8.4",
    "26.7.3.1, 26.7.3",
    "14.5 (Debian 14.5-1.pgdg110+1), 14.5.0",
    "16, 16.0.0",
    "17beta1, 17.0.0",
    "12.22, 12.22.0",
    "' 9.6.24 ', 9.6.24"
  })
  void theFirstThreeNumbersCount(String text, String version) {
    assertThat(ServerVersion.parse(text).map(Version::toString)).contains(version);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "unknown", "v1.2.3", "12345678"})
  void whatBeginsWithNoNumberIsNoVersion(String text) {
    assertThat(ServerVersion.parse(text)).isEmpty();
  }
}
