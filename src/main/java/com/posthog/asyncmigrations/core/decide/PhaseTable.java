package com.posthog.asyncmigrations.core.decide;

import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The state machine of a migration, as data: for each phase its rows, of which the first whose
 * guard holds counts. From here come the decisions, the diagram in the documentation, and the test
 * that every row is covered.
 */
public final class PhaseTable {
  private static final Map<Phase, List<Transition>> ROWS = rows();

  private PhaseTable() {}

  /**
   * One arrow of the table.
   *
   * @param from the phase
   * @param event what happens
   * @param to the phase after it
   */
  public record Arrow(Phase from, Event event, Phase to) {}

  /** The decision, the arrow that it follows, and what it was made from. */
  public record Choice(Arrow arrow, Decision decision, Desired desired, Observed observed) {}

  /** What to do next. The same facts always give the same answer. */
  public static Choice choose(Desired desired, Recorded recorded, Observed observed, Instant now) {
    Facts facts = new Facts(desired, recorded, observed, now);
    for (Transition row : ROWS.getOrDefault(recorded.phase(), List.of())) {
      if (row.when().test(facts)) {
        return new Choice(arrow(row), row.then().apply(facts), desired, observed);
      }
    }
    throw new IllegalStateException("no row of the phase table fits in " + recorded.phase());
  }

  /** Every arrow, in the order of the table. */
  public static Set<Arrow> arrows() {
    Set<Arrow> arrows = new LinkedHashSet<>();
    ROWS.values().stream().flatMap(Collection::stream).forEach(row -> arrows.add(arrow(row)));
    return arrows;
  }

  private static Arrow arrow(Transition row) {
    return new Arrow(row.from(), row.event(), row.to());
  }

  private static Map<Phase, List<Transition>> rows() {
    Map<Phase, List<Transition>> rows = new EnumMap<>(Phase.class);
    for (Phase phase : Phase.values()) {
      rows.put(
          phase,
          switch (phase) {
            case NOT_STARTED -> BeforeRun.notStarted();
            case FAILED_AT_STARTUP -> BeforeRun.failedAtStartup();
            case STARTING -> DuringRun.starting();
            case RUNNING -> DuringRun.running();
            case PAUSED -> DuringRun.paused();
            case AWAITING_APPROVAL -> DuringRun.awaitingApproval();
            case STOPPING -> Endings.stopping();
            case ROLLING_BACK -> Endings.rollingBack();
            case ERRORED -> AfterRun.errored();
            case ROLLED_BACK -> AfterRun.rolledBack();
            case COMPLETED -> AfterRun.completed();
          });
    }
    return rows;
  }
}
