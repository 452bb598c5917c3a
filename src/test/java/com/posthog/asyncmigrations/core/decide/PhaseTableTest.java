package com.posthog.asyncmigrations.core.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The phase table, case by case, and the gate that no arrow is without one. */
class PhaseTableTest {

  @ParameterizedTest
  @MethodSource("cases")
  void followsTheArrow(Cases.Case example) {
    PhaseTable.Choice choice = example.scenario().choose();

    assertThat(choice.arrow()).isEqualTo(example.arrow());
    if (choice.decision() instanceof Decision.Write write) {
      assertThat(write.next().phase()).isEqualTo(example.arrow().to());
      assertThat(write.next().revision()).isEqualTo(example.scenario().recorded().revision() + 1);
    } else {
      assertThat(example.arrow().to()).isEqualTo(example.arrow().from());
    }
  }

  @Test
  void noArrowIsWithoutACase() {
    Set<PhaseTable.Arrow> uncovered = new LinkedHashSet<>(PhaseTable.arrows());
    cases().forEach(example -> uncovered.remove(example.arrow()));

    assertThat(uncovered).as("arrows of the phase table that no case follows").isEmpty();
  }

  private static List<Cases.Case> cases() {
    return Cases.all();
  }
}
