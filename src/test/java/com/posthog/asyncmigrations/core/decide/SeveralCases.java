package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.decide.Cases.Case;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Arrow;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Cases of steps that run on several servers at once, and of more Deployments than the worker. */
final class SeveralCases {
  private final List<Case> cases = new ArrayList<>();

  private SeveralCases() {}

  static List<Case> all() {
    SeveralCases all = new SeveralCases();
    all.parts(Phase.RUNNING, Phase.STOPPING);
    all.parts(Phase.ROLLING_BACK, Phase.ROLLING_BACK);
    all.stoppedParts();
    all.heldAgain();
    return all.cases;
  }

  private void is(Event event, Phase to, Scenario scenario) {
    cases.add(new Case(scenario, new Arrow(scenario.recorded().phase(), event, to)));
  }

  private void stays(Event event, Scenario scenario) {
    is(event, scenario.recorded().phase(), scenario);
  }

  private void stoppedParts() {
    stays(
        Event.STEP_TO_KILL,
        Cases.stopped(Phase.STOPPING, Run.Stop.Kind.ERROR).parts(Cases.FAILING, Cases.RUNNING));
    stays(
        Event.PART_ENDED,
        Cases.stopped(Phase.STOPPING, Run.Stop.Kind.STOP).parts(Cases.RUNNING, Cases.FINISHED));
    stays(
        Event.STEP_TO_KILL,
        Cases.stopped(Phase.STOPPING, Run.Stop.Kind.STOP).parts(Cases.RUNNING, Cases.NOT_RUN));
    stays(
        Event.STEP_GONE,
        Cases.stopped(Phase.STOPPING, Run.Stop.Kind.STOP).parts(Cases.NOT_RUN, Cases.UNKNOWN));
  }

  private static WorkersView seen(boolean asApplied, Optional<Problem> notReady) {
    return new WorkersView(Optional.empty(), asApplied, notReady, asApplied, List.of());
  }

  /** A step on several servers. */
  private void parts(Phase phase, Phase whenFailed) {
    stays(Event.PART_ENDED, Scenario.in(phase).parts(Cases.RUNNING, Cases.FINISHED));
    stays(Event.PART_ENDED, Scenario.in(phase).parts(Cases.FAILED, Cases.RUNNING));
    is(
        Event.PART_FAILED,
        whenFailed,
        Scenario.in(phase).parts(Cases.FAILED, Cases.RUNNING).recordParts());
    stays(
        Event.STEP_RUNNING, Scenario.in(phase).parts(Cases.RUNNING, Cases.FINISHED).recordParts());
    is(
        Event.STEP_FAILING,
        whenFailed,
        Scenario.in(phase).parts(Cases.RUNNING, Cases.FAILING).recordParts());
    stays(Event.STEP_NOT_RUN, Scenario.in(phase).parts(Cases.RUNNING, Cases.NOT_RUN));
    stays(Event.STEP_NOT_RUN, Scenario.in(phase).parts(Cases.LOOKING, Cases.NOT_RUN));
    stays(Event.STEP_LOOKING, Scenario.in(phase).parts(Cases.LOOKING, Cases.RUNNING));
    stays(
        Event.STEP_FINISHED,
        Scenario.in(phase).parts(Cases.FINISHED, Cases.FINISHED).recordParts());
  }

  /** A run that goes on after it had ended holds again what it held. */
  private void heldAgain() {
    WorkersView small = seen(false, Optional.empty());
    WorkersView scaled = seen(true, Optional.empty());
    WorkersView waiting = seen(true, Optional.of(Samples.problem()));
    Workers before = Samples.ingestion(Workers.State.RESTORED);
    Workers found = Samples.ingestion(Workers.State.RECORDED);
    stays(Event.DEPLOYMENT_FOUND, holding(Phase.STARTING, 1).run(r -> r.hold(before)).hold(found));
    Scenario recorded = holding(Phase.STARTING, 1).run(r -> r.hold(found));
    stays(Event.DEPLOYMENT_TO_SCALE, recorded.workers(small));
    stays(
        Event.DEPLOYMENT_NOT_READY,
        holding(Phase.STARTING, 1).run(r -> r.hold(found)).workers(waiting));
    stays(
        Event.DEPLOYMENT_SEEN_SCALED,
        holding(Phase.STARTING, 1).run(r -> r.hold(found)).workers(scaled));
    stays(Event.DEPLOYMENT_FOUND, holding(Phase.RUNNING, 0).hold(found));
    stays(Event.NEXT_STEP, holding(Phase.RUNNING, 0).run(r -> r.hold(found)));
    stays(
        Event.WORKERS_TO_RESTORE, Cases.done(Phase.RUNNING, Phase.ERRORED).run(r -> r.hold(found)));
    stays(
        Event.WORKERS_SEEN_RESTORED,
        Cases.done(Phase.RUNNING, Phase.ERRORED).run(r -> r.hold(found)).workers(Cases.PUT_BACK));
  }

  /** A plan whose first operation scales a Deployment; the run stands at that operation. */
  private static Scenario holding(Phase phase, int operation) {
    Compiled plan =
        Samples.compiled(
            Samples.scale("hold", OptionalInt.of(0)),
            Samples.sql("copy", Samples.UNDO, OnUnknown.FAIL));
    return Scenario.in(phase)
        .run(
            r ->
                r.plan(
                        plan.asPlan().orElseThrow(),
                        List.of(OperationRecord.PENDING, OperationRecord.PENDING))
                    .next(new Position(Stage.FORWARD, operation, 0, 1)));
  }
}
