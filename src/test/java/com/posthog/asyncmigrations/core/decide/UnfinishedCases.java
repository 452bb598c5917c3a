package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.decide.Cases.Case;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Arrow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A step that must not stay as it is goes on, whoever wants it to stop. */
final class UnfinishedCases {
  private static final EffectView UNFINISHED = new EffectView.Unfinished();
  private static final long PREDECESSOR = Scenario.TOKEN - 1;

  private final List<Case> cases = new ArrayList<>();

  private UnfinishedCases() {}

  static List<Case> all() {
    UnfinishedCases all = new UnfinishedCases();
    for (Wish wish : Wish.values()) {
      if (wish != Wish.STOPPED && wish != Wish.ROLLED_BACK) {
        all.goesOn(Scenario.in(Phase.RUNNING).wants(wish));
        all.takenOver(Scenario.in(Phase.RUNNING).wants(wish));
      }
    }
    for (Run.Stop.Kind kind : Run.Stop.Kind.values()) {
      for (Phase phase : List.of(Phase.STOPPING, Phase.ROLLING_BACK)) {
        all.goesOn(Cases.stopped(phase, kind));
        all.takenOver(Cases.stopped(phase, kind));
        all.goesOn(Cases.stopped(phase, kind).deleted(Duration.ZERO));
      }
    }
    all.goesOn(Scenario.in(Phase.ROLLING_BACK));
    all.takenOver(Scenario.in(Phase.ROLLING_BACK));
    all.parts();
    return all.cases;
  }

  private void goesOn(Scenario scenario) {
    stays(Event.STEP_UNFINISHED, scenario.effect(UNFINISHED));
  }

  private void takenOver(Scenario scenario) {
    stays(Event.STEP_UNFINISHED_OF_PREDECESSOR, scenario.effect(UNFINISHED, PREDECESSOR));
  }

  /** It comes before whatever is known of the others, which are stopped. */
  private void parts() {
    for (EffectView other :
        List.of(Cases.NOT_RUN, Cases.LOOKING, Cases.RUNNING, Cases.UNKNOWN, UNFINISHED)) {
      stays(
          Event.STEP_UNFINISHED,
          Cases.stopped(Phase.STOPPING, Run.Stop.Kind.STOP).parts(other, UNFINISHED));
    }
    stays(Event.STEP_UNFINISHED, Scenario.in(Phase.RUNNING).parts(Cases.NOT_RUN, UNFINISHED));
  }

  private void stays(Event event, Scenario scenario) {
    Phase phase = scenario.recorded().phase();
    cases.add(new Case(scenario, new Arrow(phase, event, phase)));
  }
}
