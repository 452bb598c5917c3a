package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.plan.Plan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A copy with differences. Mutable, and never kept. */
final class RunBuilder {
  private static final int KEPT_ERRORS = 10;

  private final Run from;
  private Optional<Servers> servers;
  private Plan plan;
  private Position next;
  private int begun;
  private final List<String> finishedTargets;
  private final Map<String, Integer> items;
  private Optional<Intent> intent;
  private Optional<Run.Stop> stop;
  private Optional<Run.Ending> ending;
  private int endings;
  private Optional<Integer> rolledBackFor;
  private Optional<Workers> workers;
  private final List<Workers> held;
  private final List<OperationRecord> operations;
  private final List<RecordedError> errors;
  private Optional<Instant> finishedAt;

  RunBuilder(Run from) {
    this.from = from;
    servers = from.servers();
    plan = from.plan();
    next = from.next();
    begun = from.begun();
    finishedTargets = new ArrayList<>(from.finishedTargets());
    items = new HashMap<>(from.items());
    intent = from.intent();
    stop = from.stop();
    ending = from.ending();
    endings = from.endings();
    rolledBackFor = from.rolledBackFor();
    workers = from.workers();
    held = new ArrayList<>(from.held());
    operations = new ArrayList<>(from.operations());
    errors = new ArrayList<>(from.errors());
    finishedAt = from.finishedAt();
  }

  RunBuilder servers(Servers value) {
    servers = Optional.of(value);
    return this;
  }

  RunBuilder plan(Plan value, List<OperationRecord> records) {
    plan = value;
    operations.clear();
    operations.addAll(records);
    return this;
  }

  RunBuilder next(Position value) {
    if (!value.sameStep(next)) {
      finishedTargets.clear();
    }
    next = value;
    return this;
  }

  RunBuilder begun(int value) {
    begun = Math.max(begun, value);
    return this;
  }

  RunBuilder intent(Intent value) {
    intent = Optional.of(value);
    return this;
  }

  RunBuilder items(String sequence, int count) {
    items.put(sequence, count);
    return this;
  }

  RunBuilder noIntent() {
    intent.stream()
        .flatMap(i -> i.parts().stream())
        .filter(part -> part.state() == Part.State.FINISHED)
        .forEach(part -> finishedTargets.add(part.node().target()));
    intent = Optional.empty();
    return this;
  }

  RunBuilder stop(Run.Stop value) {
    stop = Optional.of(value);
    return this;
  }

  RunBuilder noStop() {
    stop = Optional.empty();
    return this;
  }

  /** Each ending restores anew, so each has a number of its own. */
  RunBuilder ending(Phase phase, Problem why) {
    ending = Optional.of(new Run.Ending(phase, why, next, finishedTargets));
    finishedTargets.clear();
    next = new Position(Position.Stage.RESTORE, endings, 0, 1);
    endings++;
    return this;
  }

  RunBuilder endingBadly(Problem why) {
    ending = ending.map(e -> new Run.Ending(Phase.ERRORED, why, e.resumeAt(), e.finishedTargets()));
    return this;
  }

  /** The ending is taken back, to go on somewhere. */
  RunBuilder reopened(Position at) {
    ending
        .filter(e -> e.resumeAt().sameStep(at))
        .ifPresent(e -> finishedTargets.addAll(e.finishedTargets()));
    next = at;
    ending = Optional.empty();
    stop = Optional.empty();
    finishedAt = Optional.empty();
    return this;
  }

  RunBuilder rolledBackFor(int nonce) {
    rolledBackFor = Optional.of(nonce);
    return this;
  }

  RunBuilder workers(Optional<Workers> value) {
    workers = value;
    return this;
  }

  /** Before it is scaled; what it had before the run's first change of it is kept. */
  RunBuilder hold(Workers found) {
    Workers now = found.held();
    Workers merged =
        held.stream()
            .filter(h -> h.deployment().equals(found.deployment()))
            .filter(h -> h.state() != Workers.State.RESTORED)
            .findFirst()
            .map(h -> now.from(h.original()))
            .orElse(now);
    held.removeIf(h -> h.deployment().equals(found.deployment()));
    held.add(merged);
    return this;
  }

  RunBuilder held(String deployment, Workers.State state, Instant at) {
    held.replaceAll(h -> h.deployment().equals(deployment) ? h.in(state, at) : h);
    return this;
  }

  /** The worker or another Deployment has what it had before. */
  RunBuilder restored(Workers which, Instant at) {
    if (workers.filter(w -> w.deployment().equals(which.deployment())).isPresent()) {
      workers = workers.map(w -> w.in(Workers.State.RESTORED, at));
    }
    return held(which.deployment(), Workers.State.RESTORED, at);
  }

  RunBuilder operation(int index, UnaryOperator<OperationRecord> change) {
    if (index >= 0 && index < operations.size()) {
      operations.set(index, change.apply(operations.get(index)));
    }
    return this;
  }

  RunBuilder error(Instant at, Problem problem) {
    errors.add(0, new RecordedError(at, from.operationName(), problem));
    if (errors.size() > KEPT_ERRORS) {
      errors.remove(errors.size() - 1);
    }
    return this;
  }

  RunBuilder finishedAt(Instant at) {
    finishedAt = Optional.of(at);
    return this;
  }

  Run build() {
    return new Run(
        from.id(),
        servers,
        plan,
        next,
        begun,
        finishedTargets,
        items,
        intent,
        stop,
        ending,
        endings,
        rolledBackFor,
        workers,
        held,
        operations,
        errors,
        from.startedAt(),
        finishedAt);
  }
}
