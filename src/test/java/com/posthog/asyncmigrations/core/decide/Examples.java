package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.util.List;

/** The cases of the phase table, for tests of what is made of decisions. */
public final class Examples {
  private Examples() {}

  /**
   * One case.
   *
   * @param name phase and event
   * @param before the record that the choice was made from
   */
  public record Example(String name, Recorded before, PhaseTable.Choice choice) {
    /** The record that a status shows after the choice. */
    public Recorded shown() {
      return choice.decision() instanceof Decision.Write write ? write.next() : before;
    }

    /** Whether a rollback is what the person wants. */
    public boolean wishesRollback() {
      return choice.desired().wish() == Wish.ROLLED_BACK;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** All of them. */
  public static List<Example> all() {
    return Cases.all().stream()
        .map(
            c ->
                new Example(
                    c.arrow().from() + " " + c.arrow().event(),
                    c.scenario().recorded(),
                    c.scenario().choose()))
        .toList();
  }

  /** The problem that the cases are made with. */
  public static Problem problem() {
    return Samples.problem();
  }
}
