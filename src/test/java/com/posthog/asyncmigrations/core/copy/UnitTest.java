package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class UnitTest {

  @Test
  void partitionsOfTheSameKeyAreUnitsOfTheirOwn() {
    assertThat(Unit.of(Map.of("202401", Set.of("202401"), "202402", Set.of("202402"))))
        .containsExactly(
            unit(Set.of("202401"), Set.of("202401")), unit(Set.of("202402"), Set.of("202402")));
  }

  @Test
  void whatGoesToTheSamePartitionIsPublishedTogether() {
    assertThat(
            Unit.of(
                Map.of(
                    "202401", Set.of("1", "5"),
                    "202402", Set.of("5", "9"),
                    "202403", Set.of("9"),
                    "202404", Set.of("14"))))
        .containsExactly(
            unit(Set.of("202401", "202402", "202403"), Set.of("1", "5", "9")),
            unit(Set.of("202404"), Set.of("14")));
  }

  @Test
  void oneThatComesLateMayJoinTwo() {
    assertThat(Unit.of(Map.of("a", Set.of("x"), "b", Set.of("y"), "c", Set.of("x", "y"))))
        .containsExactly(unit(Set.of("a", "b", "c"), Set.of("x", "y")));
  }

  @Test
  void onesWithoutRowsAreAlone() {
    assertThat(Unit.of(Map.of("a", Set.of(), "b", Set.of()))).hasSize(2);
    assertThat(Unit.of(Map.of())).isEmpty();
  }

  private static Unit unit(Set<String> sources, Set<String> targets) {
    return new Unit(new TreeSet<>(sources), new TreeSet<>(targets));
  }

  @Test
  void areInTheOrderOfTheirSources() {
    assertThat(Unit.of(Map.of("b", Set.of("1"), "a", Set.of("2"), "c", Set.of("3"))))
        .extracting(unit -> unit.sources().first())
        .isEqualTo(List.of("a", "b", "c"));
  }
}
