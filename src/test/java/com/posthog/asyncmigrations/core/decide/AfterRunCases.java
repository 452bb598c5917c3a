package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Cases.Case;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Arrow;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Cases of runs that have ended. */
final class AfterRunCases {
  private final List<Case> cases = new ArrayList<>();

  private AfterRunCases() {}

  static List<Case> all() {
    AfterRunCases all = new AfterRunCases();
    all.afterRun();
    all.again();
    return all.cases;
  }

  private void is(Event event, Phase to, Scenario scenario) {
    cases.add(new Case(scenario, new Arrow(scenario.recorded().phase(), event, to)));
  }

  private void stays(Event event, Scenario scenario) {
    is(event, scenario.recorded().phase(), scenario);
  }

  private void afterRun() {
    Phase errored = Phase.ERRORED;
    Phase completed = Phase.COMPLETED;
    Phase rolledBack = Phase.ROLLED_BACK;
    for (Phase ended : List.of(errored, completed, rolledBack)) {
      stays(Event.LEASE_NOT_NEEDED, ended(ended).finalizer());
      stays(Event.FINALIZER_NOT_NEEDED, ended(ended).finalizer().lease(Cases.FREE));
      stays(
          Event.FINALIZER_NOT_NEEDED,
          ended(ended).finalizer().lease(Cases.FREE).deleted(Duration.ofDays(1)));
      for (Wish wish : List.of(Wish.IDLE, Wish.COMPLETED, Wish.PAUSED, Wish.STOPPED)) {
        stays(Event.NOTHING_WANTED, ended(ended).lease(Cases.FREE).wants(wish));
      }
    }
    stays(Event.LEDGER_LOST, ended(errored).lease(Cases.FREE).ledgerLost());
    stays(
        Event.ROLLBACK_REFUSED,
        Cases.irreversible(ended(errored)).lease(Cases.FREE).wants(Wish.ROLLED_BACK));
    stays(Event.OBSTACLE, ended(errored).lease(Cases.FREE).wants(Wish.ROLLED_BACK).obstacle());
    stays(Event.PLAN_CHANGED, retried(errored).lease(Cases.FREE).compiled(Cases.CHANGED));
    stays(Event.RETRY_REFUSED, retried(errored).lease(Cases.FREE).refused());
    stays(Event.LEASE_TAKEN, retried(errored).lease(Cases.TAKEN));
    stays(Event.LEASE_FREE, retried(errored).lease(Cases.FREE));
    stays(Event.FINALIZER_MISSING, ended(errored).wants(Wish.ROLLED_BACK));
    is(
        Event.ROLLBACK_WANTED,
        Phase.ROLLING_BACK,
        ended(errored).finalizer().wants(Wish.ROLLED_BACK));
    stays(
        Event.NOTHING_WANTED, // once for each nonce
        ended(errored).lease(Cases.FREE).wants(Wish.ROLLED_BACK).run(r -> r.rolledBackFor(0)));
    is(
        Event.ROLLBACK_WANTED,
        Phase.ROLLING_BACK,
        ended(errored)
            .finalizer()
            .wants(Wish.ROLLED_BACK)
            .run(r -> r.rolledBackFor(0))
            .nonce(1, 0));
    is(
        Event.RETRY_BACKWARDS,
        Phase.ROLLING_BACK,
        retried(errored).finalizer().run(r -> r.rolledBackFor(0)));
    is(Event.RETRY_WANTED, Phase.STARTING, retried(errored).finalizer());
    Problem changed = Samples.problem(Reason.PlanChanged);
    is(Event.MENDED, Phase.STARTING, ended(errored).finalizer().outcome(changed));
    stays(Event.NOTHING_WANTED, ended(errored).outcome(changed).wants(Wish.IDLE).lease(Cases.FREE));
    Problem rejected = Samples.problem(Reason.ApprovalRejected);
    is(Event.MENDED, Phase.STARTING, ended(errored).finalizer().outcome(rejected));
    stays(
        Event.NOTHING_WANTED,
        Scenario.in(errored)
            .at(Stage.FORWARD, 2, 0)
            .run(r -> r.ending(Phase.ERRORED, rejected))
            .outcome(rejected)
            .approval(false)
            .withoutFinalizer()
            .lease(Cases.FREE));
  }

  private void again() {
    Phase completed = Phase.COMPLETED;
    Phase rolledBack = Phase.ROLLED_BACK;
    stays(Event.OBSTACLE, retried(rolledBack).lease(Cases.FREE).obstacle());
    stays(Event.RETRY_REFUSED, retried(rolledBack).lease(Cases.FREE).refused());
    stays(Event.RETRY_REFUSED, retried(rolledBack).lease(Cases.FREE).compiled(Cases.INVALID));
    stays(Event.LEASE_TAKEN, retried(rolledBack).lease(Cases.TAKEN));
    stays(Event.LEASE_FREE, retried(rolledBack).lease(Cases.FREE));
    stays(Event.FINALIZER_MISSING, retried(rolledBack));
    is(Event.RETRY_WANTED, Phase.STARTING, retried(rolledBack).finalizer());
    stays(Event.NOTHING_WANTED, ended(rolledBack).lease(Cases.FREE).wants(Wish.ROLLED_BACK));

    stays(Event.NONCE_IGNORED, retried(completed));
    stays(Event.LEASE_FREE, retried(completed).lease(Cases.FREE));
    stays(Event.FINALIZER_MISSING, ended(completed).wants(Wish.ROLLED_BACK));
    is(
        Event.ROLLBACK_WANTED,
        Phase.ROLLING_BACK,
        ended(completed).finalizer().wants(Wish.ROLLED_BACK));
    stays(
        Event.LEDGER_LOST, ended(completed).lease(Cases.FREE).wants(Wish.ROLLED_BACK).ledgerLost());
    stays(Event.OBSTACLE, ended(completed).lease(Cases.FREE).wants(Wish.ROLLED_BACK).obstacle());
    stays(Event.LEASE_TAKEN, ended(completed).lease(Cases.TAKEN).wants(Wish.ROLLED_BACK));
    stays(Event.LEASE_FREE, ended(completed).lease(Cases.FREE).wants(Wish.ROLLED_BACK));
    stays(
        Event.ROLLBACK_REFUSED,
        Scenario.withoutRun(completed)
            .withoutFinalizer()
            .lease(Cases.FREE)
            .wants(Wish.ROLLED_BACK));
    stays(
        Event.ROLLBACK_REFUSED,
        Cases.irreversible(ended(completed)).lease(Cases.FREE).wants(Wish.ROLLED_BACK));
    stays(
        Event.ROLLBACK_REFUSED,
        ended(completed).lease(Cases.FREE).reverseWindowClosed().wants(Wish.ROLLED_BACK));
  }

  private static Scenario ended(Phase phase) {
    return Scenario.in(phase)
        .at(Stage.FORWARD, 1, 0)
        .run(r -> r.ending(phase, Samples.problem()))
        .outcome(Samples.problem())
        .withoutFinalizer();
  }

  private static Scenario retried(Phase phase) {
    return ended(phase).nonce(1, 0);
  }
}
