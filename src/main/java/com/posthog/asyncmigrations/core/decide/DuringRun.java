package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** The phases in which a run goes forwards, or waits to. */
final class DuringRun {
  private DuringRun() {}

  static List<Transition> starting() {
    Rows rows = new Rows(Phase.STARTING).runIsOurs().ignoresNonce();
    stopWanted(rows);
    heldTooLong(rows);
    return pauseWanted(rows, f -> true)
        .takenByPostHog(f -> true)
        .change(
            Event.DEPLOYMENT_FOUND,
            f -> f.run().toHoldAgain().isPresent() && f.observed().hold().isPresent(),
            f -> f.run().change().hold(f.observed().hold().orElseThrow()).build())
        .perform(
            Event.DEPLOYMENT_TO_SCALE,
            f -> f.run().toHold().isPresent() && !f.observed().workers().asApplied(),
            f -> new Effect.ScaleWorkers(f.run().toHold().orElseThrow()))
        .hold(
            Event.DEPLOYMENT_NOT_READY,
            f -> f.run().toHold().isPresent() && f.observed().workers().notReady().isPresent(),
            Rows.POLL,
            f -> f.observed().workers().notReady().orElseThrow())
        .change(
            Event.DEPLOYMENT_SEEN_SCALED,
            f -> f.run().toHold().isPresent(),
            f ->
                f.run()
                    .change()
                    .held(
                        f.run().toHold().orElseThrow().deployment(), Workers.State.SCALED, f.now())
                    .build())
        .change(
            Event.WORKERS_FOUND,
            f -> !f.run().workersToRestore() && f.observed().workers().found().isPresent(),
            f -> f.run().change().workers(f.observed().workers().found()).build())
        .perform(
            Event.WORKERS_SMALL,
            f -> recorded(f) && !f.observed().workers().asApplied(),
            f -> new Effect.ScaleWorkers(f.run().workers().orElseThrow()))
        .change(
            Event.WORKERS_SEEN_SCALED,
            DuringRun::recorded,
            f ->
                f.run()
                    .change()
                    .workers(f.run().workers().map(w -> w.in(Workers.State.SCALED, f.now())))
                    .build())
        .hold(
            Event.WORKERS_NOT_READY,
            f -> f.observed().workers().notReady().isPresent(),
            Rows.POLL,
            DuringRun::notReady)
        .write(
            Event.WORKERS_READY,
            Phase.RUNNING,
            f -> true,
            f -> f.recorded().to(Phase.RUNNING, f.run()))
        .rows();
  }

  static List<Transition> running() {
    Rows rows = new Rows(Phase.RUNNING).runIsOurs().ignoresNonce();
    stopWanted(rows);
    unhealthy(rows);
    heldTooLong(rows);
    return pauseWanted(
            rows.watchParts(Phase.STOPPING)
                .limitStep(Phase.STOPPING)
                .perform(
                    Event.STEP_TO_REST,
                    f -> f.wants(Wish.PAUSED) && f.effect(EffectView.Running.class) && f.rests(),
                    f -> new Effect.Rest(f.intent()))
                .change(Event.STEP_RESTED, f -> f.effect(EffectView.Rested.class), Moves::again)
                .watchStep()
                .ending(Phase.COMPLETED, Phase.ERRORED)
                .change(
                    Event.STEP_FINISHED,
                    f -> f.effect(EffectView.Finished.class),
                    f -> Moves.finished(f).build())
                .write(
                    Event.STEP_FAILED,
                    Phase.STOPPING,
                    f -> f.effect(EffectView.Failed.class),
                    f -> error(f, f.effectAs(EffectView.Failed.class).problem()))
                .write(
                    Event.STEP_LOST,
                    Phase.STOPPING,
                    f -> lost(f, OnUnknown.FAIL) || (lostAny(f) && mayNotContinue(f)),
                    f -> error(f, whyLost(f)))
                .change(
                    Event.STEP_LOST_REPEAT,
                    f -> lost(f, OnUnknown.REPEAT) || (lostAny(f) && f.at(Stage.REDO)),
                    Moves::again)
                .change(Event.STEP_LOST_REDO, DuringRun::lostAny, Moves::redo),
            f -> !f.hasIntent())
        .takenByPostHog(f -> true)
        .write(
            Event.APPROVAL_NEEDED,
            Phase.AWAITING_APPROVAL,
            Facts::atApproval,
            f -> f.recorded().to(Phase.AWAITING_APPROVAL, f.run()))
        .change(
            Event.ALL_DONE,
            f -> f.run().operation().isEmpty(),
            f ->
                f.run()
                    .change()
                    .ending(
                        Phase.COMPLETED,
                        new Problem(Reason.Completed, "all operations were completed"))
                    .build())
        .hold(
            Event.HEALTH_UNKNOWN,
            f -> f.observed().holding().isPresent(),
            Rows.POLL,
            f -> f.observed().holding().orElseThrow())
        .change(
            Event.DEPLOYMENT_FOUND,
            f -> f.run().toHoldNext().isPresent(),
            f -> f.run().change().hold(f.observed().hold().orElseThrow()).build())
        .change(Event.NEXT_STEP, f -> true, Moves::intend)
        .rows();
  }

  static List<Transition> paused() {
    Rows rows = new Rows(Phase.PAUSED).runIsOurs().ignoresNonce();
    stopWanted(rows);
    heldTooLong(rows);
    return rows.restoreWorkers(f -> true)
        .hold(
            Event.NOTHING_WANTED,
            f -> !f.wants(Wish.COMPLETED),
            Rows.LATER,
            f ->
                new Problem(
                    Reason.Paused,
                    "set spec.desiredState to Completed to go on; workers are restored"))
        .write(
            Event.PLAN_CHANGED,
            Phase.STOPPING,
            f -> !f.planStillFits(),
            f -> stopping(f, Run.Stop.Kind.STOP, planChanged(f)))
        .stall(
            Event.RETRY_REFUSED,
            f -> f.observed().refusal().isPresent(),
            f -> f.observed().refusal().orElseThrow())
        .write(
            Event.RESUME_WANTED,
            Phase.STARTING,
            f -> true,
            f -> f.recorded().to(Phase.STARTING, Moves.replan(f)))
        .rows();
  }

  static List<Transition> awaitingApproval() {
    Rows rows = new Rows(Phase.AWAITING_APPROVAL).runIsOurs().ignoresNonce();
    stopWanted(rows);
    unhealthy(rows);
    heldTooLong(rows);
    return pauseWanted(rows, f -> true)
        .write(
            Event.REJECTED,
            Phase.STOPPING,
            f -> f.approval().filter(a -> !a.approved()).isPresent(),
            f -> stopping(f, Run.Stop.Kind.STOP, rejected(f)))
        .hold(
            Event.APPROVAL_OPEN,
            f -> f.approval().isEmpty() || !f.wants(Wish.COMPLETED),
            Rows.LATER,
            DuringRun::approvalPending)
        .stall(
            Event.REFUSED,
            f -> f.observed().refusal().isPresent(),
            f -> f.observed().refusal().orElseThrow())
        .write(
            Event.APPROVED,
            Phase.RUNNING,
            f -> true,
            f ->
                f.recorded()
                    .to(
                        Phase.RUNNING,
                        Moves.advance(
                                f.run(),
                                f.run().change().begun(f.run().next().operation() + 1),
                                f.now())
                            .build()))
        .rows();
  }

  /** Why a run that stands still cannot go on with what the spec says now. */
  static Problem planChanged(Facts f) {
    return f.desired()
        .compiled()
        .asProblem()
        .orElseGet(
            () ->
                new Problem(
                    Reason.PlanChanged,
                    "the spec says something else of the first %d operations, which have begun: change them back, or roll back"
                        .formatted(f.run().begun())));
  }

  private static void stopWanted(Rows rows) {
    rows.write(
        Event.STOP_WANTED,
        Phase.STOPPING,
        f -> f.wantsEnd() && !f.ending(),
        f ->
            f.wants(Wish.STOPPED)
                ? stopping(f, Run.Stop.Kind.STOP, Moves.whyStopWanted(f))
                : stopping(
                    f,
                    Run.Stop.Kind.ROLL_BACK,
                    new Problem(Reason.RolledBack, "rolled back as spec.desiredState says")));
  }

  private static Rows pauseWanted(Rows rows, Predicate<Facts> when) {
    return rows.write(
        Event.PAUSE_WANTED,
        Phase.PAUSED,
        f -> f.wants(Wish.PAUSED) && when.test(f),
        f -> f.recorded().to(Phase.PAUSED, f.run()));
  }

  private static void unhealthy(Rows rows) {
    rows.write(
        Event.UNHEALTHY,
        Phase.STOPPING,
        f -> f.observed().unhealthy().isPresent() && !f.ending(),
        f -> stopping(f, Run.Stop.Kind.ERROR, f.observed().unhealthy().orElseThrow()));
  }

  private static void heldTooLong(Rows rows) {
    rows.write(
        Event.HOLD_TOO_LONG,
        Phase.STOPPING,
        f -> Holds.tooLong(f).isPresent() && !f.ending(),
        f -> stopping(f, Run.Stop.Kind.ERROR, Holds.tooLong(f).orElseThrow()));
  }

  private static Recorded stopping(Facts f, Run.Stop.Kind kind, Problem why) {
    RunBuilder change = f.run().change().stop(new Run.Stop(kind, why));
    if (kind == Run.Stop.Kind.ERROR) {
      change.error(f.now(), why);
    }
    return f.recorded().to(Phase.STOPPING, change.build());
  }

  /** An error of the step under way, which is over. */
  private static Recorded error(Facts f, Problem why) {
    return f.recorded()
        .to(
            Phase.STOPPING,
            Moves.failed(f, why).stop(new Run.Stop(Run.Stop.Kind.ERROR, why)).build());
  }

  private static boolean lostAny(Facts f) {
    return f.effect(EffectView.Unknown.class);
  }

  private static boolean lost(Facts f, OnUnknown what) {
    return lostAny(f) && f.at(Stage.FORWARD) && f.run().step().orElseThrow().onUnknown() == what;
  }

  /** A step that rests knows itself where it was, whoever goes on with it. */
  private static boolean mayNotContinue(Facts f) {
    return !f.desired().policy().autoContinue() && f.at(Stage.FORWARD) && !f.rests();
  }

  private static Problem whyLost(Facts f) {
    Problem why = f.effectAs(EffectView.Unknown.class).why();
    return lost(f, OnUnknown.FAIL)
        ? why
        : new Problem(
            Reason.AutoContinueOff,
            "autoContinue is off, and the outcome was lost: " + why.message());
  }

  private static Problem approvalPending(Facts f) {
    String question =
        f.run().operation().flatMap(PlannedOperation::question).map(q -> ": " + q).orElse("");
    return new Problem(
        Reason.ApprovalPending,
        "operation %s waits for a decision in spec.approvals with planHash %s%s"
            .formatted(f.run().operationName(), f.run().plan().hash(), question));
  }

  private static Problem rejected(Facts f) {
    String comment =
        f.approval().map(Desired.Approval::comment).filter(c -> !c.isBlank()).orElse("");
    return new Problem(
        Reason.ApprovalRejected,
        "operation %s was rejected%s"
            .formatted(f.run().operationName(), comment.isEmpty() ? "" : ": " + comment));
  }

  private static boolean recorded(Facts f) {
    return f.run().workers().filter(w -> w.state() == Workers.State.RECORDED).isPresent();
  }

  private static Problem notReady(Facts f) {
    Problem why = f.observed().workers().notReady().orElseThrow();
    Function<Workers, Boolean> late =
        w -> w.since().plus(f.desired().policy().readyTimeout()).isBefore(f.now());
    Optional<Boolean> isLate = f.run().workers().map(late);
    boolean takesItsTime = why.reason() == Reason.WorkersNotReady && !isLate.orElse(true);
    return takesItsTime ? why.as(Reason.Starting) : why;
  }
}
