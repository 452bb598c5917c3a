package com.posthog.asyncmigrations.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RedactionTest {
  private static final Redaction REDACTION =
      Redaction.of(
          new Credentials("a", "Zebra'7\\"),
          new Credentials("b", "Pelican"),
          new Credentials("c", "Pelican-2"),
          new Credentials("nobody", ""));

  @Test
  void passwordsAreTakenOutAsTheyAreAndAsSqlHasThem() {
    assertThat(REDACTION.of("Zebra'7\\ 'Zebra\\'7\\\\' 'Zebra''7\\' E'Zebra''7\\\\'"))
        .isEqualTo("[redacted] '[redacted]' '[redacted]' E'[redacted]'");
  }

  @Test
  void theLongerOneIsTakenOutWhole() {
    assertThat(REDACTION.of("Pelican-2, Pelican")).isEqualTo("[redacted], [redacted]");
  }

  @Test
  void aShortOneIsNoPartOfAWord() {
    Redaction any = Redaction.of(new Credentials("a", "any"));

    assertThat(any.of("too many connections: 'any'"))
        .isEqualTo("too many connections: '[redacted]'");
  }

  @Test
  void nothingElseIsTouchedAndNothingIsTold() {
    assertThat(REDACTION.of("syntax error")).isEqualTo("syntax error");
    assertThat(REDACTION.toString()).doesNotContain("Pelican", "Zebra");
  }
}
