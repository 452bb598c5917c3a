package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.decide.Cases.Case;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Arrow;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.Plan;
import java.time.Duration;
import java.util.List;

/** Steps made of pieces: they rest when a run is paused, and go on from their mark. */
final class RestCases {
  private static final Compiled COMPILED =
      Samples.compiled(Samples.inBatches("fill", Samples.NO_UNDO));
  private static final Plan PLAN = COMPILED.asPlan().orElseThrow();
  private static final EffectView RESTED = new EffectView.Rested(10);

  private RestCases() {}

  static List<Case> all() {
    return List.of(
        stays(Event.STEP_RUNNING, resting().effect(Cases.RUNNING)),
        stays(Event.STEP_RUNNING, resting().effect(Cases.RUNNING).wants(Wish.IDLE)),
        stays(Event.STEP_TO_REST, resting().effect(Cases.RUNNING).wants(Wish.PAUSED)),
        stays(Event.STEP_NOT_RUN, resting().effect(Cases.NOT_RUN).wants(Wish.PAUSED)),
        stays(Event.STEP_FINISHED, resting().effect(Cases.FINISHED).wants(Wish.PAUSED)),
        stays(Event.STEP_RESTED, resting().effect(RESTED).wants(Wish.PAUSED)),
        stays(Event.STEP_RESTED, resting().effect(RESTED)), // wanted again meanwhile
        stays(Event.STEP_RUNNING, resting().effect(Cases.RUNNING).later(Duration.ofDays(9))),
        stays(Event.STEP_LOST_REPEAT, resting().effect(Cases.UNKNOWN)),
        stays(
            Event.STEP_LOST_REPEAT,
            resting().effect(Cases.UNKNOWN).policy(true, false, Duration.ZERO)),
        is(Event.STOP_WANTED, Phase.STOPPING, resting().effect(Cases.RUNNING).wants(Wish.STOPPED)),
        stays(Event.STEP_TO_KILL, stopped().effect(Cases.RUNNING)),
        stays(Event.STEP_GONE, stopped().effect(RESTED)));
  }

  static Scenario resting() {
    return Scenario.in(Phase.RUNNING)
        .compiled(COMPILED)
        .run(r -> r.plan(PLAN, List.of(OperationRecord.PENDING)).begun(1));
  }

  private static Scenario stopped() {
    return Scenario.in(Phase.STOPPING)
        .run(
            r ->
                r.plan(PLAN, List.of(OperationRecord.PENDING))
                    .begun(1)
                    .stop(new Run.Stop(Run.Stop.Kind.STOP, Samples.problem())));
  }

  private static Case stays(Event event, Scenario scenario) {
    return is(event, scenario.recorded().phase(), scenario);
  }

  private static Case is(Event event, Phase to, Scenario scenario) {
    return new Case(scenario, new Arrow(scenario.recorded().phase(), event, to));
  }
}
