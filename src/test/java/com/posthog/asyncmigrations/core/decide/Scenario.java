package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Facts for one decision. Left alone, it is a run of four operations under way, wanted to be
 * completed, whose lease is held and whose workers are scaled and ready.
 */
final class Scenario {
  static final long TOKEN = 7;
  static final Compiled PLAN =
      Samples.compiled(
          Samples.sql("create", Samples.UNDO, OnUnknown.FAIL),
          Samples.sql("copy", Samples.UNDO, OnUnknown.REPEAT, OnUnknown.ROLL_BACK_THEN_REPEAT),
          Samples.approval("look"),
          Samples.sql("swap", Samples.NO_UNDO, OnUnknown.FAIL));
  private static final LeaseView HELD = new LeaseView.Held(TOKEN, Samples.NOW.minusSeconds(60));

  private final Phase phase;
  private Wish wish = Wish.COMPLETED;
  private int nonce;
  private int observedNonce;
  private Compiled compiled = PLAN;
  private final List<Desired.Approval> approvals = new ArrayList<>();
  private Desired.Policy policy = Desired.Policy.DEFAULT;
  private Optional<Problem> outcome = Optional.empty();
  private Optional<Run> run;
  private Optional<Problem> obstacle = Optional.empty();
  private Optional<Problem> refusal = Optional.empty();
  private boolean required = true;
  private boolean adopted;
  private Optional<Problem> taken = Optional.empty();
  private boolean ledgerLost;
  private LeaseView lease = HELD;
  private EffectView effect = EffectView.NONE;
  private WorkersView workers =
      new WorkersView(
          Optional.of(Samples.workers(Workers.State.SCALED)),
          true,
          Optional.empty(),
          true,
          List.of());
  private Optional<Problem> unhealthy = Optional.empty();
  private Optional<Problem> holding = Optional.empty();
  private boolean reverseWindowClosed;
  private Optional<Workers> hold = Optional.empty();
  private boolean finalizer = true;
  private boolean dryRun;
  private Optional<Desired.Deletion> deletion = Optional.empty();
  private Instant now = Samples.NOW;

  private Scenario(Phase phase, Optional<Run> run) {
    this.phase = phase;
    this.run = run;
  }

  /** In a phase that has a run. */
  static Scenario in(Phase phase) {
    Run run =
        Run.starting("0a1b2c3d", PLAN.asPlan().orElseThrow(), Samples.NOW.minusSeconds(90))
            .change()
            .workers(Optional.of(Samples.workers(Workers.State.SCALED)))
            .build();
    return new Scenario(phase, Optional.of(run));
  }

  /** In a phase that has none. */
  static Scenario withoutRun(Phase phase) {
    return new Scenario(phase, Optional.empty());
  }

  Scenario wants(Wish value) {
    wish = value;
    return this;
  }

  Scenario nonce(int wanted, int observed) {
    nonce = wanted;
    observedNonce = observed;
    return this;
  }

  Scenario compiled(Compiled value) {
    compiled = value;
    return this;
  }

  Scenario approval(boolean approved, String planHash) {
    approvals.add(new Desired.Approval("look", planHash, approved, "because"));
    return this;
  }

  Scenario approval(boolean approved) {
    return approval(approved, PLAN.asPlan().orElseThrow().hash());
  }

  Scenario policy(boolean rollBackOnError, boolean autoContinue, Duration rollbackTimeout) {
    policy =
        new Desired.Policy(rollBackOnError, autoContinue, rollbackTimeout, Duration.ofMinutes(10));
    return this;
  }

  Scenario outcome(Problem value) {
    outcome = Optional.of(value);
    return this;
  }

  Scenario run(UnaryOperator<RunBuilder> change) {
    run = run.map(r -> change.apply(r.change()).build());
    return this;
  }

  Scenario at(Position.Stage stage, int operation, int step) {
    return run(r -> r.next(new Position(stage, operation, step, 1)).begun(operation + 1));
  }

  /** The step is under way, and this is known of it. */
  Scenario effect(EffectView value) {
    return effect(value, TOKEN);
  }

  Scenario effect(EffectView value, long token) {
    effect = value;
    Run current = run.orElseThrow();
    Position at = current.next();
    String id = Intent.effectId("0001_test", current.id(), 1, at, "s1r1");
    return run(r -> r.intent(new Intent(at, id, Samples.NODE, token, Samples.NOW)));
  }

  /** The step is under way on as many servers, and this is known of each. */
  Scenario parts(EffectView... views) {
    effect(new EffectView.Several(List.of(views)));
    List<Part> parts = new ArrayList<>();
    for (int i = 1; i <= views.length; i++) {
      NodeRef node =
          new NodeRef(
              "s%dr1".formatted(i), "ch%d:8123".formatted(i), "uuid", Samples.NOW, Samples.NOW);
      parts.add(Part.open(node, "id-" + i, TOKEN));
    }
    return run(r -> r.intent(run.orElseThrow().intent().orElseThrow().with(parts)));
  }

  /** What is known of the parts' ends is recorded. */
  Scenario recordParts() {
    Optional<Intent> intent = run.flatMap(Run::intent);
    Intent recorded = Parts.of(intent, effect).orElseThrow().recorded();
    return run(r -> r.intent(recorded));
  }

  Scenario obstacle() {
    obstacle = Optional.of(Samples.problem());
    return this;
  }

  Scenario refused() {
    refusal = Optional.of(Samples.problem());
    return this;
  }

  Scenario notRequired() {
    required = false;
    return this;
  }

  Scenario adopted() {
    adopted = true;
    return this;
  }

  Scenario taken() {
    taken = Optional.of(Samples.problem(Reason.TakenByPostHog));
    return this;
  }

  Scenario ledgerLost() {
    ledgerLost = true;
    return this;
  }

  Scenario lease(LeaseView value) {
    lease = value;
    return this;
  }

  Scenario workers(WorkersView value) {
    workers = value;
    return this;
  }

  Scenario unhealthy() {
    unhealthy = Optional.of(Samples.problem());
    return this;
  }

  Scenario healthUnknown() {
    holding = Optional.of(Samples.problem(Reason.DatabaseUnreachable));
    return this;
  }

  Scenario reverseWindowClosed() {
    reverseWindowClosed = true;
    return this;
  }

  /** What is found of the Deployment that the next step scales. */
  Scenario hold(Workers found) {
    hold = Optional.of(found);
    return this;
  }

  Scenario finalizer() {
    finalizer = true;
    return this;
  }

  Scenario withoutFinalizer() {
    finalizer = false;
    return this;
  }

  Scenario dryRun() {
    dryRun = true;
    return this;
  }

  /** The resource was deleted so long ago. */
  Scenario deleted(Duration ago) {
    deletion = Optional.of(new Desired.Deletion(now.minus(ago), false));
    return this;
  }

  /** The resource was deleted, and a person does not want to wait for the run's end. */
  Scenario abandoned() {
    deletion = Optional.of(new Desired.Deletion(now, true));
    return this;
  }

  Scenario later(Duration time) {
    now = now.plus(time);
    return this;
  }

  Recorded recorded() {
    return new Recorded(10, phase, run.isPresent() ? 1 : 0, observedNonce, outcome, run);
  }

  PhaseTable.Choice choose() {
    Desired desired = new Desired(wish, nonce, compiled, approvals, policy, Checks.NONE);
    return PhaseTable.choose(
        deletion.map(desired::deleted).orElse(dryRun ? desired.asDryRun() : desired),
        recorded(),
        new Observed(
            obstacle,
            refusal,
            required,
            adopted,
            taken,
            ledgerLost,
            lease,
            effect,
            workers,
            unhealthy,
            reverseWindowClosed,
            "11112222",
            Optional.of(Samples.SERVERS),
            finalizer,
            hold,
            List.of(Samples.NODE),
            holding,
            List.of(),
            Optional.empty()),
        now);
  }
}
