package com.posthog.asyncmigrations.core.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServersTest {
  private static final Servers BEFORE = new Servers("scope", List.of("a", "b"), "pg");

  @ParameterizedTest
  @CsvSource({
    "a b, pg, false",
    "a b c, pg, false",
    "b c, pg, false",
    "c, pg, true",
    "a b, other, true"
  })
  void areOthersWhenNoneOfThemIsTheSame(String nodes, String database, boolean others) {
    Servers now = new Servers("now", List.of(nodes.split(" ")), database);

    assertThat(now.areOthersThan(BEFORE)).isEqualTo(others);
  }

  @Test
  void aStatusTellsOfTheDatabaseAlone() {
    Servers status = new Servers("scope", List.of(), "pg");

    assertThat(BEFORE.areOthersThan(status)).isFalse();
    assertThat(new Servers("now", List.of("a"), "other").areOthersThan(status)).isTrue();
  }
}
