package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.decide.Cases.Case;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Arrow;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import java.util.List;

/**
 * PostHog runs the migration itself: nothing is begun beside it, and what a person wants goes on.
 */
final class TakenCases {
  private TakenCases() {}

  static List<Case> all() {
    return List.of(
        stays(
            Event.TAKEN,
            Scenario.withoutRun(Phase.NOT_STARTED).withoutFinalizer().lease(Cases.FREE).refused()),
        stays(Event.LEASE_NOT_NEEDED, Scenario.withoutRun(Phase.NOT_STARTED)),
        stays(Event.TAKEN, Scenario.in(Phase.STARTING)),
        is(Event.STOP_WANTED, Phase.STOPPING, Scenario.in(Phase.STARTING).wants(Wish.STOPPED)),
        stays(Event.TAKEN, Scenario.in(Phase.RUNNING)),
        stays(Event.TAKEN, Scenario.in(Phase.RUNNING).at(Stage.FORWARD, 4, 0)),
        stays(Event.STEP_RUNNING, Scenario.in(Phase.RUNNING).effect(Cases.RUNNING)),
        stays(Event.STEP_TO_REST, RestCases.resting().effect(Cases.RUNNING).wants(Wish.PAUSED)),
        stays(Event.STEP_RESTED, RestCases.resting().effect(new EffectView.Rested(1))),
        is(Event.STOP_WANTED, Phase.STOPPING, Scenario.in(Phase.RUNNING).wants(Wish.STOPPED)),
        is(Event.PAUSE_WANTED, Phase.PAUSED, Scenario.in(Phase.RUNNING).wants(Wish.PAUSED)),
        is(Event.RESTORED, Phase.COMPLETED, Cases.done(Phase.RUNNING, Phase.COMPLETED)),
        stays(Event.TAKEN, Scenario.in(Phase.ROLLING_BACK).at(Stage.BACKWARD, 1, 0)),
        is(Event.RESTORED, Phase.ROLLED_BACK, Cases.done(Phase.ROLLING_BACK, Phase.ROLLED_BACK)));
  }

  private static Case stays(Event event, Scenario scenario) {
    return is(event, scenario.recorded().phase(), scenario);
  }

  private static Case is(Event event, Phase to, Scenario scenario) {
    return new Case(scenario.taken(), new Arrow(scenario.recorded().phase(), event, to));
  }
}
