package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.decide.Cases.Case;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Arrow;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A Deployment that an operation may hold for a limited time only. */
final class HoldCases {
  static final Duration LONGEST = Duration.ofMinutes(20);
  private static final Duration BEFORE = LONGEST.minusMillis(1);
  private static final Plan PLAN =
      Samples.plan(
          Samples.scale("hold", OptionalInt.of(0), Optional.of(LONGEST)),
          Samples.inBatches("copy", Samples.UNDO),
          Samples.approval("look"),
          Samples.scale("release", OptionalInt.empty()),
          Samples.sql("clean", Samples.UNDO, OnUnknown.FAIL));
  private static final int HOLD = 0;
  private static final int COPY = 1;
  private static final int LOOK = 2;
  private static final int RELEASE = 3;
  private static final int CLEAN = 4;

  private final List<Case> cases = new ArrayList<>();

  private HoldCases() {}

  static List<Case> all() {
    HoldCases all = new HoldCases();
    all.ends();
    all.goesOn();
    all.release();
    return all.cases;
  }

  private void ends() {
    for (Scenario late :
        List.of(
            held(Phase.STARTING, COPY),
            held(Phase.RUNNING, HOLD).effect(Cases.RUNNING),
            held(Phase.RUNNING, COPY).effect(Cases.RUNNING), // though it may take its time
            held(Phase.RUNNING, COPY).effect(Cases.LOOKING),
            held(Phase.RUNNING, COPY).effect(Cases.FINISHED),
            held(Phase.RUNNING, COPY),
            held(Phase.RUNNING, LOOK),
            held(Phase.RUNNING, CLEAN), // the plan lost its release
            held(Phase.AWAITING_APPROVAL, LOOK),
            held(Phase.PAUSED, COPY).wants(Wish.PAUSED),
            held(Phase.PAUSED, RELEASE).wants(Wish.PAUSED))) {
      is(Event.HOLD_TOO_LONG, Phase.STOPPING, late.later(LONGEST));
    }
  }

  private void goesOn() {
    stays(Event.STEP_RUNNING, held(Phase.RUNNING, COPY).effect(Cases.RUNNING).later(BEFORE));
    stays(Event.NEXT_STEP, held(Phase.RUNNING, COPY).later(BEFORE));
    stays(Event.APPROVAL_OPEN, held(Phase.AWAITING_APPROVAL, LOOK).later(BEFORE));
    stays(Event.NEXT_STEP, restored(held(Phase.RUNNING, CLEAN)).later(LONGEST));
    stays(Event.NEXT_STEP, unlimited().later(Duration.ofDays(9)));
    is(
        Event.STOP_WANTED,
        Phase.STOPPING,
        held(Phase.RUNNING, COPY).wants(Wish.STOPPED).later(LONGEST));
    stays(
        Event.STEP_RUNNING, // what it has done is undone before it is put back
        held(Phase.ROLLING_BACK, COPY)
            .run(r -> r.next(new Position(Stage.BACKWARD, COPY, 0, 1)))
            .effect(Cases.RUNNING)
            .later(LONGEST));
    is(
        Event.RESTORED,
        Phase.COMPLETED,
        restored(held(Phase.RUNNING, CLEAN))
            .run(r -> r.workers(Optional.of(Samples.workers(Workers.State.RESTORED))))
            .run(r -> r.ending(Phase.COMPLETED, Samples.problem()))
            .later(LONGEST));
  }

  /** What puts it back is what the limit is for. */
  private void release() {
    stays(Event.STEP_NOT_RUN, held(Phase.RUNNING, RELEASE).effect(Cases.NOT_RUN).later(LONGEST));
    stays(Event.STEP_FINISHED, held(Phase.RUNNING, RELEASE).effect(Cases.FINISHED).later(LONGEST));
    stays(Event.NEXT_STEP, held(Phase.RUNNING, RELEASE).later(LONGEST));
    for (Scenario hindered :
        List.of(
            held(Phase.RUNNING, RELEASE).taken(),
            held(Phase.RUNNING, RELEASE).healthUnknown(),
            held(Phase.RUNNING, RELEASE).wants(Wish.PAUSED))) {
      is(Event.HOLD_TOO_LONG, Phase.STOPPING, hindered.later(LONGEST));
    }
  }

  /** Since now, for at most {@link #LONGEST}; the run stands at this operation. */
  static Scenario held(Phase phase, int operation) {
    return at(phase, operation, PLAN).run(r -> r.hold(Samples.ingestion(Workers.State.RECORDED)));
  }

  private static Scenario at(Phase phase, int operation, Plan plan) {
    List<OperationRecord> records =
        plan.operations().stream().map(o -> OperationRecord.PENDING).toList();
    return Scenario.in(phase)
        .run(r -> r.plan(plan, records).next(new Position(Stage.FORWARD, operation, 0, 1)))
        .run(r -> r.begun(operation + 1));
  }

  private static Scenario restored(Scenario scenario) {
    return scenario.run(r -> r.held("ingestion", Workers.State.RESTORED, Samples.NOW));
  }

  private static Scenario unlimited() {
    Plan plan =
        Samples.plan(
            Samples.scale("hold", OptionalInt.of(0)),
            Samples.sql("copy", Samples.UNDO, OnUnknown.FAIL));
    return at(Phase.RUNNING, COPY, plan)
        .run(r -> r.hold(Samples.ingestion(Workers.State.RECORDED)));
  }

  private void is(Event event, Phase to, Scenario scenario) {
    cases.add(new Case(scenario, new Arrow(scenario.recorded().phase(), event, to)));
  }

  private void stays(Event event, Scenario scenario) {
    is(event, scenario.recorded().phase(), scenario);
  }
}
