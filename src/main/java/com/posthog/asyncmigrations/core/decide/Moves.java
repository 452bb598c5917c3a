package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.OperationRecord.State;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How a run goes from one position to another. */
final class Moves {
  private Moves() {}

  /** A run begins, or goes on after it had ended, on the servers that are there now. */
  static Run here(Facts f, Run run) {
    return f.observed().servers().map(run::on).orElse(run);
  }

  static Problem whyStopWanted(Facts f) {
    return new Problem(
        Reason.Stopped,
        f.deleted()
            ? "stopped because the resource was deleted"
            : "stopped as spec.desiredState says");
  }

  /** The intent of the next step is written down; its operation has begun. */
  static Run intend(Facts f) {
    Run run = f.run();
    Position at = run.next();
    boolean several = run.step().filter(Step::onSeveral).isPresent();
    List<NodeRef> nodes =
        f.observed().nodes().stream()
            .filter(node -> !several || !run.finishedTargets().contains(node.target()))
            .toList();
    if (nodes.isEmpty()) {
      return advance(run, run.change(), f.now()).build(); // the rest of them is gone
    }
    RunBuilder change = run.change().intent(several ? parts(f, nodes) : intent(f, nodes.get(0)));
    if (at.stage() == Stage.FORWARD) {
      change.begun(at.operation() + 1);
    }
    if (at.stage() != Stage.RESTORE) {
      change.operation(at.operation(), o -> o.begun(f.now()));
    }
    return change.build();
  }

  private static Intent intent(Facts f, NodeRef node) {
    return new Intent(f.run().next(), effectId(f, node.target()), node, f.token(), f.now());
  }

  private static Intent parts(Facts f, List<NodeRef> nodes) {
    NodeRef none = new NodeRef(Intent.SEVERAL, "", "", f.now(), f.now());
    return intent(f, none)
        .with(
            nodes.stream()
                .map(node -> Part.open(node, effectId(f, node.target()), f.token()))
                .toList());
  }

  private static String effectId(Facts f, String target) {
    Run run = f.run();
    return Intent.effectId(
        run.plan().migration(), run.id(), f.recorded().attempt(), run.next(), target);
  }

  /** The step under way has ended well. */
  static RunBuilder finished(Facts f) {
    Run run = f.run();
    EffectView.Finished end = f.effectAs(EffectView.Finished.class);
    Position done = run.next();
    if (run.step().filter(Step.ListItems.class::isInstance).isPresent()) {
      Run listed =
          run.change().noIntent().items(done.sequence(), Math.toIntExact(end.rows())).build();
      return advance(listed, listed.change(), f.now());
    }
    RunBuilder change = run.change().noIntent();
    run.step().ifPresent(step -> scaled(change, step, f.now()));
    if (done.stage() != Stage.RESTORE) {
      change.operation(done.operation(), o -> o.with(end));
    }
    return advance(run, change, f.now());
  }

  private static void scaled(RunBuilder change, Step step, Instant now) {
    if (step instanceof Step.ScaleDeployment scale) {
      change.held(
          scale.deployment(),
          scale.replicas().isPresent() ? Workers.State.SCALED : Workers.State.RESTORED,
          now);
    }
  }

  /** Nothing is left to do at this position: on to the next one. */
  static RunBuilder advance(Run run, RunBuilder change, Instant now) {
    Position done = run.next();
    if (done.step() + 1 < run.length()) {
      return change.next(done.nextStep());
    }
    return switch (done.stage()) {
      case FORWARD ->
          change
              .operation(done.operation(), o -> o.ended(State.COMPLETED, now))
              .next(new Position(Stage.FORWARD, done.operation() + 1, 0, 1));
      case BACKWARD ->
          backwardsFrom(
              run.plan(),
              done.operation() - 1,
              change.operation(done.operation(), o -> o.ended(State.ROLLED_BACK, now)),
              now);
      case REDO ->
          change.next(new Position(Stage.FORWARD, done.operation(), 0, done.tryNumber() + 1));
      case RESTORE -> change.next(done.nextStep());
    };
  }

  /** The step under way has failed. */
  static RunBuilder failed(Facts f, Problem problem) {
    RunBuilder change = f.run().change().noIntent().error(f.now(), problem);
    return f.at(Stage.RESTORE)
        ? change
        : change.operation(f.run().next().operation(), o -> o.ended(State.FAILED, f.now()));
  }

  /** The step that was to be ended is gone; what it has failed of by itself meanwhile is kept. */
  static RunBuilder ended(Facts f) {
    RunBuilder change =
        f.run()
            .change()
            .noIntent()
            .operation(f.run().next().operation(), o -> o.ended(State.FAILED, f.now()));
    boolean byItself =
        f.effect(EffectView.Failed.class)
            && f.effectAs(EffectView.Failed.class).problem().reason() != Reason.StatementKilled;
    boolean knownAlready = f.stop().filter(s -> s.kind() == Run.Stop.Kind.ERROR).isPresent();
    return byItself && !knownAlready
        ? change.error(f.now(), f.effectAs(EffectView.Failed.class).problem())
        : change;
  }

  /** The step under way is tried once more, under an id of its own. */
  static Run again(Facts f) {
    return f.run().change().noIntent().next(f.run().next().again()).build();
  }

  /** The operation under way is undone, and then done again from its first step. */
  static Run redo(Facts f) {
    return f.run().change().noIntent().next(redoOf(f.run().next())).build();
  }

  /** Everything that has begun is undone, last operation first. */
  static Run rollBack(Facts f) {
    Run run = f.run();
    Optional<Position> stoodAt = run.ending().map(Run.Ending::resumeAt);
    boolean halfWay =
        stoodAt.orElse(run.next()).stage() == Stage.BACKWARD && run.rolledBackFor().isPresent();
    RunBuilder change = run.change().rolledBackFor(f.desired().retryNonce());
    if (halfWay) {
      return change.reopened(stoodAt.orElse(run.next()).again()).build();
    }
    change.reopened(run.next());
    return backwardsFrom(run.plan(), run.begun() - 1, change, f.now()).build();
  }

  /** A run that had ended goes on, with the plan that the spec makes now. */
  static Run resume(Facts f) {
    Position stoodAt = f.run().ending().map(Run.Ending::resumeAt).orElse(f.run().next());
    Run replanned = replan(f);
    boolean redo =
        stoodAt.stage() == Stage.FORWARD
            && stoodAt.operation() < replanned.begun()
            && replanned
                .at(stoodAt)
                .step()
                .filter(s -> s.onUnknown() == OnUnknown.ROLL_BACK_THEN_REPEAT)
                .isPresent();
    return replanned.change().reopened(redo ? redoOf(stoodAt) : stoodAt.again()).build();
  }

  /** The plan that the spec makes now takes the place of the one in force. */
  static Run replan(Facts f) {
    Plan plan = f.desired().compiled().asPlan().orElse(f.run().plan());
    List<OperationRecord> records = new ArrayList<>(f.run().operations());
    while (records.size() < plan.operations().size()) {
      records.add(OperationRecord.PENDING);
    }
    return f.run().change().plan(plan, records.subList(0, plan.operations().size())).build();
  }

  /** Why what has begun cannot be undone, if so. */
  static Optional<Problem> rollbackRefusal(Facts f) {
    if (f.recorded().run().isEmpty()) {
      return Optional.of(
          new Problem(
              Reason.NothingToRollBack,
              "the operator did not run this migration, so it cannot undo it"));
    }
    if (f.observed().reverseWindowClosed()) {
      return Optional.of(
          new Problem(
              Reason.ReverseWindowClosed, "the reverse window has closed: the old data is gone"));
    }
    return f.run().irreversible();
  }

  private static RunBuilder backwardsFrom(
      Plan plan, int operation, RunBuilder change, Instant now) {
    int at = operation;
    while (at >= 0 && plan.operations().get(at).undo().steps().isEmpty()) {
      change.operation(at, o -> o.ended(State.ROLLED_BACK, now));
      at--;
    }
    return change.next(new Position(Stage.BACKWARD, at, 0, 1));
  }

  /** An operation that is repeated after its rollback has one: the plan was compiled so. */
  private static Position redoOf(Position at) {
    return new Position(Stage.REDO, at.operation(), 0, at.tryNumber() + 1);
  }
}
