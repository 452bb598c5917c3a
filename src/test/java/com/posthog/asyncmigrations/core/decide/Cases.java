package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** For every arrow of the phase table at least one case that follows it. */
final class Cases {
  static final EffectView RUNNING = new EffectView.Running(0.5, 10);
  static final EffectView FAILING =
      EffectView.Running.failing(0.5, 10, Optional.of(Samples.problem()));
  static final EffectView FINISHED = new EffectView.Finished(10);
  static final EffectView FAILED = new EffectView.Failed(Samples.problem());
  static final EffectView UNKNOWN = new EffectView.Unknown(Samples.problem(Reason.OutcomeUnknown));
  static final EffectView LOOKING =
      new EffectView.Looking(Samples.problem(Reason.LookingForStatement));
  static final EffectView NOT_RUN = new EffectView.NotRun();
  static final LeaseView FREE = new LeaseView.Free();
  static final LeaseView TAKEN = new LeaseView.Taken(Samples.problem(Reason.AnotherRuns));
  static final Compiled INVALID = new Compiled.Invalid(Samples.problem(Reason.InvalidPlan));
  static final Compiled CHANGED =
      Samples.compiled(Samples.sql("create", Samples.NO_UNDO, OnUnknown.FAIL));
  static final WorkersView PUT_BACK =
      new WorkersView(Optional.empty(), false, Optional.empty(), false, List.of());

  private static final Set<Phase> ACTIVE =
      Set.of(
          Phase.STARTING,
          Phase.RUNNING,
          Phase.PAUSED,
          Phase.AWAITING_APPROVAL,
          Phase.STOPPING,
          Phase.ROLLING_BACK);

  private final List<Case> cases = new ArrayList<>();

  private Cases() {}

  /** One case: what is so, and the arrow that must be followed. */
  record Case(Scenario scenario, PhaseTable.Arrow arrow) {
    @Override
    public String toString() {
      return arrow.from() + " " + arrow.event() + " -> " + arrow.to();
    }
  }

  static List<Case> all() {
    Cases all = new Cases();
    all.beforeRun();
    ACTIVE.forEach(all::anyRun);
    all.starting();
    all.running();
    all.waiting();
    all.endings();
    all.cases.addAll(TakenCases.all());
    all.cases.addAll(SeveralCases.all());
    all.cases.addAll(RestCases.all());
    all.cases.addAll(UnfinishedCases.all());
    all.cases.addAll(HoldCases.all());
    all.cases.addAll(AfterRunCases.all());
    return all.cases;
  }

  private void is(Event event, Phase to, Scenario scenario) {
    cases.add(new Case(scenario, new PhaseTable.Arrow(scenario.recorded().phase(), event, to)));
  }

  private void stays(Event event, Scenario scenario) {
    is(event, scenario.recorded().phase(), scenario);
  }

  private void beforeRun() {
    Phase none = Phase.NOT_STARTED;
    Phase failed = Phase.FAILED_AT_STARTUP;
    stays(Event.LEASE_NOT_NEEDED, Scenario.withoutRun(none).wants(Wish.IDLE));
    stays(Event.LEASE_NOT_NEEDED, Scenario.withoutRun(none).obstacle());
    is(Event.PLAN_INVALID, failed, fresh(none).compiled(INVALID));
    stays(Event.OBSTACLE, fresh(none).obstacle());
    is(Event.ADOPTED, Phase.COMPLETED, fresh(none).adopted().wants(Wish.IDLE));
    is(Event.NOT_REQUIRED, Phase.COMPLETED, fresh(none).notRequired().wants(Wish.IDLE));
    for (Wish idle : List.of(Wish.IDLE, Wish.PAUSED, Wish.STOPPED, Wish.ROLLED_BACK)) {
      stays(Event.NOT_WANTED, fresh(none).wants(idle));
    }
    dryRun(none, failed);
    is(Event.REFUSED, failed, fresh(none).refused());
    stays(Event.LEASE_TAKEN, fresh(none).lease(TAKEN));
    stays(Event.LEASE_FREE, fresh(none));
    stays(Event.FINALIZER_MISSING, Scenario.withoutRun(none).withoutFinalizer());
    stays(Event.FINALIZER_NOT_NEEDED, fresh(none).finalizer().wants(Wish.IDLE));
    stays(Event.FINALIZER_NOT_NEEDED, fresh(none).finalizer().deleted(Duration.ZERO));
    stays(Event.FINALIZER_NOT_NEEDED, fresh(failed).finalizer());
    is(Event.START, Phase.STARTING, Scenario.withoutRun(none));
    stays(Event.LEASE_NOT_NEEDED, Scenario.withoutRun(failed));
    stays(Event.STILL_REFUSED, fresh(failed).refused());
    stays(Event.STILL_REFUSED, fresh(failed).refused().outcome(Samples.problem()));
    stays(Event.STILL_REFUSED, fresh(failed).compiled(INVALID));
    is(Event.RECOVERED, none, fresh(failed));
  }

  /**
   * Nothing begins, and nothing is waited for: whatever is in the way is a part of what is told.
   */
  private void dryRun(Phase none, Phase failed) {
    for (Wish wish : Wish.values()) {
      stays(Event.DRY_RUN, fresh(none).dryRun().wants(wish));
    }
    stays(Event.DRY_RUN, fresh(none).dryRun().obstacle());
    stays(Event.DRY_RUN, fresh(none).dryRun().refused());
    stays(Event.DRY_RUN, fresh(none).dryRun().notRequired());
    stays(Event.DRY_RUN, fresh(none).dryRun().adopted());
    stays(Event.LEASE_NOT_NEEDED, Scenario.withoutRun(none).dryRun());
    is(Event.PLAN_INVALID, failed, fresh(none).dryRun().compiled(INVALID));
    stays(Event.STILL_REFUSED, fresh(failed).dryRun().compiled(INVALID));
    is(Event.RECOVERED, none, fresh(failed).dryRun().refused());
    stays(Event.STEP_RUNNING, Scenario.in(Phase.RUNNING).dryRun().effect(RUNNING));
  }

  private static Scenario fresh(Phase phase) {
    return Scenario.withoutRun(phase).lease(FREE).withoutFinalizer();
  }

  private void anyRun(Phase phase) {
    stays(Event.LEDGER_LOST_WORKERS, Scenario.in(phase).ledgerLost());
    stays(Event.LEDGER_LOST, Scenario.in(phase).ledgerLost().workers(PUT_BACK));
    stays(Event.OBSTACLE, Scenario.in(phase).obstacle());
    stays(Event.LEASE_TAKEN, Scenario.in(phase).lease(TAKEN));
    stays(Event.LEASE_FREE, Scenario.in(phase).lease(FREE));
    stays(Event.LEASE_FREE, Scenario.in(phase).lease(new LeaseView.NotAsked()));
    stays(Event.FINALIZER_MISSING, Scenario.in(phase).withoutFinalizer());
    stays(Event.DELETION_ABANDONED, Scenario.in(phase).obstacle().abandoned());
    stays(Event.OBSTACLE, Scenario.in(phase).obstacle().deleted(Duration.ofMinutes(10)));
    stays(
        Event.DELETION_ABANDONED,
        Scenario.in(phase).obstacle().deleted(Duration.ofMinutes(10).plusMillis(1)));
    stays(
        Event.LEDGER_LOST_DELETED,
        Scenario.in(phase).ledgerLost().workers(PUT_BACK).deleted(Duration.ZERO));
    if (phase != Phase.STOPPING && phase != Phase.ROLLING_BACK) {
      is(
          Event.STOP_WANTED,
          Phase.STOPPING,
          Scenario.in(phase).withoutFinalizer().deleted(Duration.ZERO));
      stays(Event.NONCE_IGNORED, Scenario.in(phase).nonce(2, 1));
      is(Event.STOP_WANTED, Phase.STOPPING, Scenario.in(phase).wants(Wish.STOPPED));
      is(Event.STOP_WANTED, Phase.STOPPING, Scenario.in(phase).wants(Wish.ROLLED_BACK));
    }
    if (phase == Phase.RUNNING || phase == Phase.AWAITING_APPROVAL) {
      is(Event.UNHEALTHY, Phase.STOPPING, Scenario.in(phase).unhealthy());
    }
    if (phase == Phase.STARTING || phase == Phase.AWAITING_APPROVAL) {
      is(Event.PAUSE_WANTED, Phase.PAUSED, Scenario.in(phase).wants(Wish.PAUSED));
    }
    if (phase == Phase.RUNNING || phase == Phase.STOPPING || phase == Phase.ROLLING_BACK) {
      restoring(phase);
    }
  }

  private void restoring(Phase phase) {
    stays(Event.STEP_LOOKING, ending(phase).effect(LOOKING));
    stays(Event.STEP_NOT_RUN, ending(phase).effect(NOT_RUN));
    stays(Event.STEP_OF_PREDECESSOR, ending(phase).effect(NOT_RUN, Scenario.TOKEN - 1));
    stays(Event.STEP_RUNNING, ending(phase).effect(RUNNING).later(Duration.ofDays(9)));
    stays(Event.RESTORE_STEP_FINISHED, ending(phase).effect(FINISHED));
    stays(Event.RESTORE_STEP_FAILED, ending(phase).effect(FAILED));
    stays(Event.RESTORE_STEP_LOST, ending(phase).effect(UNKNOWN));
    stays(Event.RESTORE_NEXT_STEP, ending(phase));
    stays(Event.WORKERS_TO_RESTORE, restored(phase, Phase.ERRORED));
    stays(Event.WORKERS_SEEN_RESTORED, restored(phase, Phase.ERRORED).workers(PUT_BACK));
    is(Event.RESTORED, Phase.ERRORED, done(phase, Phase.ERRORED));
  }

  /** A run that ends, and has one step to restore. */
  private static Scenario ending(Phase phase) {
    Compiled plan =
        com.posthog.asyncmigrations.core.plan.PlanCompiler.compile(
            "0001_test",
            List.of(),
            List.of(Samples.sql("create", Samples.UNDO, OnUnknown.FAIL)),
            List.of(Samples.statement("restore", OnUnknown.REPEAT)));
    return Scenario.in(phase)
        .run(
            r ->
                r.plan(plan.asPlan().orElseThrow(), List.of(OperationRecord.PENDING))
                    .ending(Phase.ERRORED, Samples.problem()));
  }

  private static Scenario restored(Phase phase, Phase end) {
    return Scenario.in(phase).run(r -> r.ending(end, Samples.problem()));
  }

  static Scenario done(Phase phase, Phase end) {
    return restored(phase, end)
        .run(r -> r.workers(Optional.of(Samples.workers(Workers.State.RESTORED))));
  }

  private void starting() {
    Phase starting = Phase.STARTING;
    WorkersView found =
        new WorkersView(
            Optional.of(Samples.workers(Workers.State.RECORDED)),
            false,
            Optional.empty(),
            false,
            List.of());
    WorkersView small =
        new WorkersView(Optional.empty(), false, Optional.empty(), false, List.of());
    WorkersView scaled = new WorkersView(Optional.empty(), true, Optional.empty(), true, List.of());
    WorkersView waiting =
        new WorkersView(Optional.empty(), true, Optional.of(Samples.problem()), true, List.of());
    stays(
        Event.WORKERS_FOUND,
        Scenario.in(starting).run(r -> r.workers(Optional.empty())).workers(found));
    stays(
        Event.WORKERS_FOUND,
        Scenario.in(starting)
            .run(r -> r.workers(Optional.of(Samples.workers(Workers.State.RESTORED))))
            .workers(found));
    stays(Event.WORKERS_SMALL, sized(Workers.State.RECORDED).workers(small));
    stays(Event.WORKERS_SEEN_SCALED, sized(Workers.State.RECORDED).workers(scaled));
    stays(Event.WORKERS_NOT_READY, sized(Workers.State.SCALED).workers(waiting));
    is(Event.WORKERS_READY, Phase.RUNNING, sized(Workers.State.SCALED).workers(scaled));
    is(
        Event.WORKERS_READY,
        Phase.RUNNING,
        Scenario.in(starting).run(r -> r.workers(Optional.empty())).workers(WorkersView.none()));
  }

  private static Scenario sized(Workers.State state) {
    return Scenario.in(Phase.STARTING).run(r -> r.workers(Optional.of(Samples.workers(state))));
  }

  private void running() {
    Phase running = Phase.RUNNING;
    stays(Event.STEP_LOOKING, Scenario.in(running).effect(LOOKING));
    stays(Event.STEP_NOT_RUN, Scenario.in(running).effect(NOT_RUN));
    stays(Event.STEP_OF_PREDECESSOR, Scenario.in(running).effect(NOT_RUN, Scenario.TOKEN - 1));
    stays(Event.STEP_RUNNING, Scenario.in(running).effect(RUNNING));
    is(
        Event.STEP_TIMED_OUT,
        Phase.STOPPING,
        Scenario.in(running).effect(RUNNING).later(Duration.ofHours(2).plusMillis(1)));
    stays(Event.STEP_RUNNING, Scenario.in(running).effect(RUNNING).later(Duration.ofHours(2)));
    stays(Event.STEP_RUNNING, Scenario.in(running).effect(RUNNING).wants(Wish.PAUSED));
    stays(Event.STEP_RUNNING, Scenario.in(running).effect(RUNNING).wants(Wish.IDLE));
    is(Event.STEP_FAILING, Phase.STOPPING, Scenario.in(running).effect(FAILING));
    stays(Event.STEP_FINISHED, Scenario.in(running).effect(FINISHED));
    is(Event.STEP_FAILED, Phase.STOPPING, Scenario.in(running).effect(FAILED));
    is(Event.STEP_LOST, Phase.STOPPING, Scenario.in(running).effect(UNKNOWN));
    stays(Event.STEP_LOST_REPEAT, Scenario.in(running).at(Stage.FORWARD, 1, 0).effect(UNKNOWN));
    stays(Event.STEP_LOST_REPEAT, Scenario.in(running).at(Stage.REDO, 1, 0).effect(UNKNOWN));
    stays(Event.STEP_LOST_REDO, Scenario.in(running).at(Stage.FORWARD, 1, 1).effect(UNKNOWN));
    is(
        Event.STEP_LOST,
        Phase.STOPPING,
        Scenario.in(running)
            .at(Stage.FORWARD, 1, 0)
            .effect(UNKNOWN)
            .policy(true, false, Duration.ZERO));
    is(Event.PAUSE_WANTED, Phase.PAUSED, Scenario.in(running).wants(Wish.PAUSED));
    is(
        Event.APPROVAL_NEEDED,
        Phase.AWAITING_APPROVAL,
        Scenario.in(running).at(Stage.FORWARD, 2, 0));
    stays(Event.ALL_DONE, Scenario.in(running).at(Stage.FORWARD, 4, 0));
    stays(Event.HEALTH_UNKNOWN, Scenario.in(running).healthUnknown());
    stays(Event.STEP_FINISHED, Scenario.in(running).healthUnknown().effect(FINISHED));
    stays(Event.NEXT_STEP, Scenario.in(running));
    stays(Event.NEXT_STEP, Scenario.in(running).wants(Wish.IDLE));
    is(Event.RESTORED, Phase.COMPLETED, done(running, Phase.COMPLETED));
    is(
        Event.RESTORED,
        Phase.COMPLETED,
        done(running, Phase.COMPLETED).wants(Wish.STOPPED)); // it has ended already
  }

  private void waiting() {
    Phase paused = Phase.PAUSED;
    Phase awaiting = Phase.AWAITING_APPROVAL;
    stays(Event.WORKERS_TO_RESTORE, Scenario.in(paused).wants(Wish.PAUSED));
    stays(Event.WORKERS_SEEN_RESTORED, Scenario.in(paused).wants(Wish.PAUSED).workers(PUT_BACK));
    stays(Event.NOTHING_WANTED, atRest(paused).wants(Wish.PAUSED));
    stays(Event.NOTHING_WANTED, atRest(paused).wants(Wish.IDLE));
    is(
        Event.PLAN_CHANGED,
        Phase.STOPPING,
        atRest(paused).at(Stage.FORWARD, 1, 0).compiled(CHANGED));
    stays(Event.RETRY_REFUSED, atRest(paused).refused());
    is(Event.RESUME_WANTED, Phase.STARTING, atRest(paused));
    stays(Event.APPROVAL_OPEN, approval(awaiting));
    stays(Event.APPROVAL_OPEN, approval(awaiting).approval(true, "another hash"));
    stays(Event.APPROVAL_OPEN, approval(awaiting).approval(true).wants(Wish.IDLE));
    is(Event.REJECTED, Phase.STOPPING, approval(awaiting).approval(false));
    stays(Event.REFUSED, approval(awaiting).approval(true).refused());
    is(Event.APPROVED, Phase.RUNNING, approval(awaiting).approval(true));
  }

  private static Scenario atRest(Phase phase) {
    return Scenario.in(phase)
        .run(r -> r.workers(Optional.of(Samples.workers(Workers.State.RESTORED))));
  }

  private static Scenario approval(Phase phase) {
    return Scenario.in(phase).at(Stage.FORWARD, 2, 0);
  }

  private void endings() {
    Phase stopping = Phase.STOPPING;
    Phase back = Phase.ROLLING_BACK;
    for (Run.Stop.Kind kind : Run.Stop.Kind.values()) {
      stays(Event.STEP_LOOKING, stopped(stopping, kind).effect(LOOKING));
      stays(Event.STEP_TO_KILL, stopped(stopping, kind).effect(RUNNING));
      for (EffectView gone : List.of(FINISHED, FAILED, UNKNOWN, NOT_RUN)) {
        stays(Event.STEP_GONE, stopped(stopping, kind).effect(gone));
      }
    }
    is(Event.ROLLBACK_WANTED, back, stopped(stopping, Run.Stop.Kind.ROLL_BACK));
    is(Event.ROLLBACK_WANTED, back, stopped(stopping, Run.Stop.Kind.ERROR));
    is(Event.ROLLBACK_WANTED, back, stopped(stopping, Run.Stop.Kind.STOP).wants(Wish.ROLLED_BACK));
    stays(Event.STOP_DONE, stopped(stopping, Run.Stop.Kind.STOP).wants(Wish.STOPPED));
    stays(
        Event.STOP_DONE, stopped(stopping, Run.Stop.Kind.ERROR).policy(false, true, Duration.ZERO));
    stays(Event.STOP_DONE, irreversible(stopped(stopping, Run.Stop.Kind.ERROR)));
    for (Run.Stop.Kind kind : Run.Stop.Kind.values()) { // a deletion undoes nothing
      stays(Event.STOP_DONE, stopped(stopping, kind).deleted(Duration.ZERO));
    }
    stays(
        Event.DELETION_WANTED,
        Scenario.in(back).at(Stage.BACKWARD, 1, 0).effect(RUNNING).deleted(Duration.ZERO));
    stays(
        Event.STEP_TO_KILL,
        stopped(back, Run.Stop.Kind.STOP).effect(RUNNING).deleted(Duration.ZERO));
    stays(Event.STOP_DONE, stopped(back, Run.Stop.Kind.STOP).deleted(Duration.ZERO));

    stays(Event.STEP_TO_KILL, stopped(back, Run.Stop.Kind.ERROR).effect(RUNNING));
    stays(Event.STEP_GONE, stopped(back, Run.Stop.Kind.ERROR).effect(FAILED));
    stays(Event.STOP_DONE, stopped(back, Run.Stop.Kind.ERROR));
    Scenario undone = Scenario.in(back).at(Stage.BACKWARD, 1, 0).effect(RUNNING);
    stays(Event.STEP_RUNNING, undone.later(Duration.ofDays(9)));
    stays(
        Event.STEP_TIMED_OUT,
        Scenario.in(back)
            .at(Stage.BACKWARD, 1, 0)
            .effect(RUNNING)
            .policy(true, true, Duration.ofMinutes(1))
            .later(Duration.ofMinutes(2)));
    for (Wish any : Wish.values()) { // it finishes what it does
      stays(Event.NEXT_STEP, Scenario.in(back).at(Stage.BACKWARD, 1, 0).wants(any));
    }
    stays(Event.STEP_FINISHED, Scenario.in(back).at(Stage.BACKWARD, 1, 0).effect(FINISHED));
    stays(Event.STEP_FAILED, Scenario.in(back).at(Stage.BACKWARD, 1, 0).effect(FAILED));
    stays(Event.STEP_LOST, Scenario.in(back).at(Stage.BACKWARD, 1, 0).effect(UNKNOWN));
    stays(
        Event.ALL_DONE, Scenario.in(back).run(r -> r.next(new Position(Stage.BACKWARD, -1, 0, 1))));
    is(Event.RESTORED, Phase.ROLLED_BACK, done(back, Phase.ROLLED_BACK));
  }

  static Scenario stopped(Phase phase, Run.Stop.Kind kind) {
    return Scenario.in(phase)
        .at(Stage.FORWARD, 1, 0)
        .run(r -> r.stop(new Run.Stop(kind, Samples.problem())));
  }

  static Scenario irreversible(Scenario scenario) {
    Compiled plan = Samples.compiled(Samples.sql("create", Samples.IRREVERSIBLE, OnUnknown.FAIL));
    return scenario.run(
        r -> r.plan(plan.asPlan().orElseThrow(), List.of(OperationRecord.PENDING)).begun(1));
  }
}
