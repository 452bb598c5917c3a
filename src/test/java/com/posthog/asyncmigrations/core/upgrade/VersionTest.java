package com.posthog.asyncmigrations.core.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionTest {

  @ParameterizedTest
  @CsvSource({
    "1.36.1, 1.36.1",
    "v1.36.1, 1.36.1",
    "release-1.36.1, 1.36.1",
    "' 1.36.1 ', 1.36.1",
    "latest,",
    "1.36,",
    "1.36.1-beta,",
    "release-1.36.1.2,",
    "12345678.0.0,",
    "'',"
  })
  void parses(String text, String expected) {
    assertThat(Version.parse(text).map(Version::toString))
        .isEqualTo(java.util.Optional.ofNullable(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "posthog/posthog:release-1.36.1, 1.36.1",
    "registry:5000/posthog/posthog:1.41.4, 1.41.4",
    "posthog/posthog:release-1.36.1@sha256:0a1b, 1.36.1",
    "registry:5000/posthog/posthog,",
    "posthog/posthog@sha256:0a1b,",
    "posthog/posthog:latest-release,"
  })
  void readsAnImagesTag(String image, String expected) {
    assertThat(Version.ofImage(image).map(Version::toString))
        .isEqualTo(java.util.Optional.ofNullable(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "1.32.9, BEFORE",
    "1.33.0, WITHIN",
    "1.36.100, WITHIN",
    "1.40.9, WITHIN",
    "1.40.10, AFTER",
    "2.0.0, AFTER",
    "0.99.0, BEFORE"
  })
  void bothEndsBelongToTheWindow(String version, VersionWindow.Place place) {
    VersionWindow window = new VersionWindow(new Version(1, 33, 0), new Version(1, 40, 9));

    assertThat(window.place(Version.parse(version).orElseThrow())).isEqualTo(place);
  }

  @Test
  void aWindowHoldsSomething() {
    Version version = new Version(1, 2, 3);

    assertThat(new VersionWindow(version, version).place(version))
        .isEqualTo(VersionWindow.Place.WITHIN);
    assertThatThrownBy(() -> new VersionWindow(new Version(1, 2, 4), version))
        .hasMessageContaining("1.2.4");
  }
}
