package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.ErrorStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.IntentStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.TargetStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.WorkerSizeStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.WorkersStatus;
import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.OperationRecord;
import com.posthog.asyncmigrations.core.decide.Part;
import com.posthog.asyncmigrations.core.decide.Position;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.RecordedError;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.status.Condition;
import com.posthog.asyncmigrations.core.status.Pace;
import com.posthog.asyncmigrations.core.status.Progress;
import com.posthog.asyncmigrations.kubernetes.ConditionList;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes a record as the status that people read. */
final class RecordedStatus {
  private static final int WINDOW = 20;
  private static final int MOST_HELD = 10;

  private RecordedStatus() {}

  static AsyncMigrationStatus render(
      Recorded recorded,
      List<Condition> conditions,
      EffectView effect,
      Pace pace,
      List<Finding> findings,
      @Nullable AsyncMigrationStatus before,
      StatusTime time) {
    Optional<Run> run = recorded.run();
    Optional<Integer> at = run.flatMap(RecordedStatus::operation);
    return new AsyncMigrationStatus(
        time.generation(),
        recorded.phase().word(),
        Progress.percent(recorded, effect, shown(recorded, before)),
        orNull(at),
        orNull(at.map(i -> run.orElseThrow().plan().operations().get(i).name())),
        orNull(run.flatMap(r -> queryId(r, effect))),
        orNull(pace.rowsPerSecond()),
        orNull(pace.end().map(StatusTime::toSeconds)),
        orNull(run.map(Run::startedAt).map(StatusTime::toSeconds)),
        orNull(run.flatMap(Run::finishedAt).map(StatusTime::toSeconds)),
        orNull(run.map(r -> recorded.attempt())),
        recorded.observedRetryNonce() == 0 ? null : recorded.observedRetryNonce(),
        orNull(run.map(Run::id)),
        orNull(run.map(r -> r.plan().hash())),
        orNull(run.flatMap(Run::servers).map(Servers::scope)),
        recorded.revision(),
        orNull(run.flatMap(Run::intent).map(RecordedStatus::intent)),
        orNull(run.flatMap(Run::workers).map(RecordedStatus::workers)),
        orNull(
            run.map(r -> r.held().stream().limit(MOST_HELD).map(RecordedStatus::workers).toList())
                .filter(held -> !held.isEmpty())),
        orNull(run.map(r -> operations(r, at.orElse(0), effect))),
        orNull(run.map(r -> r.plan().operations().size())),
        orNull(run.map(Run::errors).filter(e -> !e.isEmpty()).map(RecordedStatus::errors)),
        CheckList.render(findings, before == null ? null : before.checks(), time.now()),
        null,
        ConditionList.render(conditions, before == null ? null : before.conditions(), time));
  }

  /** The same status with other conditions, where nothing else can be known. */
  static AsyncMigrationStatus withConditions(
      @Nullable AsyncMigrationStatus before, List<Condition> conditions, StatusTime time) {
    List<ConditionStatus> rendered =
        ConditionList.render(conditions, before == null ? null : before.conditions(), time);
    if (before == null || before.phase() == null) {
      return render(
          Recorded.NOTHING, conditions, EffectView.NONE, Pace.UNKNOWN, List.of(), before, time);
    }
    return new AsyncMigrationStatus(
        time.generation(),
        before.phase(),
        before.progress(),
        before.currentOperationIndex(),
        before.currentOperation(),
        before.currentQueryId(),
        null,
        null,
        before.startedAt(),
        before.finishedAt(),
        before.attempt(),
        before.observedRetryNonce(),
        before.runId(),
        before.planHash(),
        before.servers(),
        before.revision(),
        before.intent(),
        before.workers(),
        before.scaledDeployments(),
        before.operations(),
        before.operationsTotal(),
        before.errors(),
        before.checks(),
        before.plan(),
        rendered);
  }

  /** Of what runs now: of one statement of many, where a step has many. */
  private static Optional<String> queryId(Run run, EffectView effect) {
    return run.whole(effect) instanceof EffectView.Running running && running.queryId().isPresent()
        ? running.queryId()
        : run.intent().map(Intent::currentId);
  }

  private static int shown(Recorded recorded, @Nullable AsyncMigrationStatus before) {
    if (before == null || before.progress() == null || before.attempt() == null) {
      return 0;
    }
    return before.attempt() == recorded.attempt() ? before.progress() : 0;
  }

  /** The operation under way; at an end, the one that the run stood at. */
  private static Optional<Integer> operation(Run run) {
    Position at = run.ending().map(Run.Ending::resumeAt).orElse(run.next());
    int last = run.plan().operations().size() - 1;
    return last < 0 ? Optional.empty() : Optional.of(Math.max(0, Math.min(last, at.operation())));
  }

  private static IntentStatus intent(Intent intent) {
    return new IntentStatus(
        intent.position().stage().word(),
        intent.position().operation(),
        intent.position().step(),
        intent.position().tryNumber(),
        intent.currentId(),
        intent.parts().isEmpty() ? intent.node().address() : null,
        intent.parts().isEmpty()
            ? null
            : intent.parts().stream().limit(WINDOW).map(RecordedStatus::target).toList(),
        intent.token(),
        StatusTime.toSeconds(intent.at()));
  }

  private static TargetStatus target(Part part) {
    return new TargetStatus(
        part.node().target(),
        part.node().address(),
        part.effectId(),
        part.state().word(),
        part.state() == Part.State.FINISHED ? part.rows() : null);
  }

  private static WorkersStatus workers(Workers workers) {
    return new WorkersStatus(
        workers.deployment(),
        workers.container(),
        orNull(workers.autoscaler()),
        size(workers.original()),
        size(workers.applied()),
        workers.state().word());
  }

  private static WorkerSizeStatus size(WorkerSize size) {
    return new WorkerSizeStatus(
        orNull(size.replicas()),
        orNull(size.cpuRequest()),
        orNull(size.cpuLimit()),
        orNull(size.autoscalerMinimum()));
  }

  private static List<OperationStatus> operations(Run run, int current, EffectView effect) {
    int count = run.operations().size();
    int from = Math.max(0, Math.min(current - WINDOW / 2, count - WINDOW));
    List<OperationStatus> window = new ArrayList<>();
    for (int i = from; i < Math.min(count, from + WINDOW); i++) {
      int index = i;
      OperationRecord record = run.operations().get(i);
      window.add(
          new OperationStatus(
              i,
              run.plan().operations().get(i).name(),
              record.state().word(),
              orNull(record.startedAt().map(StatusTime::toSeconds)),
              orNull(record.finishedAt().map(StatusTime::toSeconds)),
              Progress.rows(run, i, effect),
              record.tries(),
              orNull(record.output()),
              orNull(itemsOf(run, i)),
              orNull(itemsOf(run, i).map(items -> itemsFinished(run, items, index)))));
    }
    return window;
  }

  private static Optional<Integer> itemsOf(Run run, int operation) {
    return Optional.ofNullable(
        run.items().get(new Position(Stage.FORWARD, operation, 0, 1).sequence()));
  }

  private static int itemsFinished(Run run, int items, int operation) {
    if (run.operations().get(operation).state() == OperationRecord.State.COMPLETED) {
      return items;
    }
    Position at = run.ending().map(Run.Ending::resumeAt).orElse(run.next());
    boolean here = at.stage() == Stage.FORWARD && at.operation() == operation;
    return here ? run.at(at).item().orElse(0) : 0;
  }

  private static List<ErrorStatus> errors(List<RecordedError> errors) {
    return errors.stream()
        .map(
            e ->
                new ErrorStatus(
                    StatusTime.toSeconds(e.at()),
                    e.operation(),
                    e.problem().reason().name(),
                    e.problem().message()))
        .toList();
  }

  private static <T> @Nullable T orNull(Optional<T> value) {
    return value.orElse(null);
  }
}
