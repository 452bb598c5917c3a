package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * One attempt, as it is recorded: the plan in force, where it stands, and what must be put back.
 *
 * @param id eight hexadecimal digits, a part of every query id
 * @param servers what it works on; absent in what an older operator wrote
 * @param plan what is being done, whatever the spec says by now
 * @param next the step to do next; the one being done while there is an intent
 * @param begun how many operations have begun, and so need their rollback
 * @param finishedTargets the servers, as query ids call them, on which the next step has finished
 *     already, in an earlier try of it
 * @param items how many items were listed, by the sequence of steps that runs for each of them
 * @param intent the step being done
 * @param stop why the step under way is being stopped
 * @param ending how the run will end once everything is restored
 * @param endings how many endings the attempt has had
 * @param rolledBackFor the retryNonce for which a rollback began, if any
 * @param workers the worker Deployment's sizes
 * @param held the other Deployments that the run has scaled; whatever it has not put back is put
 *     back at its end
 * @param operations what became of each operation
 * @param errors the newest ten, newest first
 */
public record Run(
    String id,
    Optional<Servers> servers,
    Plan plan,
    Position next,
    int begun,
    List<String> finishedTargets,
    Map<String, Integer> items,
    Optional<Intent> intent,
    Optional<Stop> stop,
    Optional<Ending> ending,
    int endings,
    Optional<Integer> rolledBackFor,
    Optional<Workers> workers,
    List<Workers> held,
    List<OperationRecord> operations,
    List<RecordedError> errors,
    Instant startedAt,
    Optional<Instant> finishedAt) {

  /** Keeps copies. */
  public Run {
    finishedTargets = List.copyOf(finishedTargets);
    items = Map.copyOf(items);
    held = List.copyOf(held);
    operations = List.copyOf(operations);
    errors = List.copyOf(errors);
  }

  /** Why the step under way is being stopped, and so what comes after. */
  public record Stop(Kind kind, Problem problem) {
    /** What comes after. */
    public enum Kind {
      /** The run ends as it is. */
      STOP,
      /** What was done is undone. */
      ROLL_BACK,
      /** An error, with what the policy says of it. */
      ERROR
    }
  }

  /**
   * How the run will end.
   *
   * @param resumeAt the step that it stood at, for a run that is resumed or rolled back later
   * @param finishedTargets the servers on which that step has finished already
   */
  public record Ending(Phase phase, Problem why, Position resumeAt, List<String> finishedTargets) {
    /** Keeps a copy. */
    public Ending {
      finishedTargets = List.copyOf(finishedTargets);
    }
  }

  /** A run that begins now, at the first operation. */
  public static Run starting(String id, Plan plan, Instant now) {
    return new Run(
        id,
        Optional.empty(),
        plan,
        new Position(Position.Stage.FORWARD, 0, 0, 1),
        0,
        List.of(),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        plan.operations().stream().map(o -> OperationRecord.PENDING).toList(),
        List.of(),
        now,
        Optional.empty());
  }

  /** The operation that is done or undone next; empty when none is left. */
  public Optional<PlannedOperation> operation() {
    boolean some =
        next.stage() != Position.Stage.RESTORE
            && next.operation() >= 0
            && next.operation() < plan.operations().size();
    return some ? Optional.of(plan.operations().get(next.operation())) : Optional.empty();
  }

  /** The steps that the next one belongs to. */
  public List<Step> steps() {
    return switch (next.stage()) {
      case FORWARD -> operation().map(PlannedOperation::steps).orElse(List.of());
      case BACKWARD, REDO -> operation().map(o -> o.undo().steps()).orElse(List.of());
      case RESTORE -> plan.restoreAlways();
    };
  }

  /** How many steps the next one belongs to, each counted for every item that it runs for. */
  public int length() {
    return list().isPresent() ? 1 + itemCount() * (steps().size() - 1) : steps().size();
  }

  /** How many items the steps run for that the next one belongs to; 0 where they run for none. */
  public int itemCount() {
    return items.getOrDefault(next.sequence(), 0);
  }

  /** The step to do next; empty when this stage has none left. */
  public Optional<Step> step() {
    if (next.step() >= length()) {
      return Optional.empty();
    }
    boolean forItem = list().isPresent() && next.step() > 0;
    int at = forItem ? 1 + (next.step() - 1) % (steps().size() - 1) : next.step();
    return Optional.of(steps().get(at));
  }

  /** The number of the item that the next step runs for, from 0; empty where it runs for none. */
  public OptionalInt item() {
    return list().isPresent() && next.step() > 0
        ? OptionalInt.of((next.step() - 1) / (steps().size() - 1))
        : OptionalInt.empty();
  }

  /** What lists the items that the next step runs for, if it runs for any. */
  public Optional<Step.ListItems> list() {
    return steps().stream()
        .limit(1)
        .filter(Step.ListItems.class::isInstance)
        .map(Step.ListItems.class::cast)
        .findFirst();
  }

  /** The same run as it stood at this position. */
  public Run at(Position position) {
    return change().next(position).build();
  }

  /** What is known of the step under way as a whole, where it runs on several servers. */
  public EffectView whole(EffectView seen) {
    return Parts.of(intent, seen).map(parts -> parts.whole(false)).orElse(seen);
  }

  /** The same run with what is known of the worker Deployment. */
  public Run withWorkers(Workers known) {
    return change().workers(Optional.of(known)).build();
  }

  /** The same run on these servers. */
  public Run on(Servers these) {
    return change().servers(these).build();
  }

  /** The same run with what is known of other Deployments that it has scaled. */
  public Run holding(List<Workers> known) {
    RunBuilder change = change();
    known.forEach(change::hold);
    return change.build();
  }

  /**
   * The Deployment to put back next: those that an operation has scaled before the worker.
   *
   * @param workerOnly for a run that goes on later
   */
  public Optional<Workers> toRestore(boolean workerOnly) {
    return workerOnly
        ? workers.filter(w -> w.state() != Workers.State.RESTORED)
        : notRestored().stream().findFirst();
  }

  /** Every Deployment that may still have a size that this run gave it, the worker last. */
  public List<Workers> notRestored() {
    return Stream.concat(held.stream(), workers.stream())
        .filter(w -> w.state() != Workers.State.RESTORED)
        .toList();
  }

  /** The next step, if it gives a Deployment a size and what that had is not recorded yet. */
  public Optional<Step.ScaleDeployment> toHoldNext() {
    return step()
        .filter(Step.ScaleDeployment.class::isInstance)
        .map(Step.ScaleDeployment.class::cast)
        .filter(step -> step.replicas().isPresent() && !holds(step));
  }

  /**
   * A step that was done in an earlier part of the run, which has ended since: what it gave a
   * Deployment was put back then, and is needed again.
   */
  public Optional<Step.ScaleDeployment> toHoldAgain() {
    if (next.stage() != Position.Stage.FORWARD) {
      return Optional.empty();
    }
    Map<String, Step.ScaleDeployment> inForce = new LinkedHashMap<>();
    plan.operations().stream()
        .limit(next.operation())
        .flatMap(operation -> operation.steps().stream())
        .filter(Step.ScaleDeployment.class::isInstance)
        .map(Step.ScaleDeployment.class::cast)
        .forEach(step -> inForce.put(step.deployment(), step));
    return inForce.values().stream()
        .filter(step -> step.replicas().isPresent() && !holds(step))
        .findFirst();
  }

  /** A Deployment whose size was recorded, and not yet seen to be what the run wants. */
  public Optional<Workers> toHold() {
    return held.stream().filter(w -> w.state() == Workers.State.RECORDED).findFirst();
  }

  /** Whether it is recorded what the Deployment of this step had, before it gets what it will. */
  public boolean holds(Step.ScaleDeployment step) {
    return held.stream()
        .anyMatch(
            w ->
                w.deployment().equals(step.deployment())
                    && w.state() != Workers.State.RESTORED
                    && w.applied().replicas().stream()
                        .anyMatch(n -> n == step.replicas().orElse(n)));
  }

  /**
   * A Deployment that an operation holds for a limited time.
   *
   * @param longest for how long
   */
  record LimitedHold(String deployment, Instant since, Duration longest) {
    Instant until() {
      return since.plus(longest);
    }
  }

  /** Those that are held now. */
  List<LimitedHold> limitedHolds() {
    return held.stream()
        .filter(w -> w.state() != Workers.State.RESTORED)
        .flatMap(w -> limitedHold(w).stream())
        .toList();
  }

  private Optional<LimitedHold> limitedHold(Workers w) {
    return plan.operations().stream()
        .limit(next.operation() + 1L)
        .flatMap(operation -> operation.steps().stream())
        .filter(Step.ScaleDeployment.class::isInstance)
        .map(Step.ScaleDeployment.class::cast)
        .filter(step -> step.deployment().equals(w.deployment()))
        .filter(step -> step.replicas().isPresent() && holds(step))
        .reduce((earlier, later) -> later)
        .flatMap(Step.ScaleDeployment::longest)
        .flatMap(
            longest -> w.heldSince().map(since -> new LimitedHold(w.deployment(), since, longest)));
  }

  /** Whether the worker Deployment may still have a size that this run gave it. */
  public boolean workersToRestore() {
    return workers.filter(w -> w.state() != Workers.State.RESTORED).isPresent();
  }

  /** The name of the operation that an error now belongs to, or nothing. */
  String operationName() {
    return operation().map(PlannedOperation::name).orElse("");
  }

  /** The first operation that has begun and cannot be undone, as the reason not to roll back. */
  public Optional<Problem> irreversible() {
    return plan.firstIrreversible(begun)
        .map(
            operation ->
                new Problem(
                    Reason.Irreversible,
                    "operation %s has begun and cannot be undone".formatted(operation.name())));
  }

  RunBuilder change() {
    return new RunBuilder(this);
  }
}
