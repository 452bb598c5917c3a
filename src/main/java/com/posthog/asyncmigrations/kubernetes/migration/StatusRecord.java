package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.WorkerSizeStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.WorkersStatus;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.kubernetes.ConditionList;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads back what a status alone can tell: where a migration stands without a ledger, and the
 * workers' sizes.
 */
final class StatusRecord {
  private StatusRecord() {}

  /** Whether the status speaks of a run, which PostgreSQL must then know. */
  static boolean knowsRun(@Nullable AsyncMigrationStatus status) {
    return status != null && status.runId() != null;
  }

  static Recorded read(@Nullable AsyncMigrationStatus status) {
    if (status == null || status.phase() == null) {
      return Recorded.NOTHING;
    }
    return new Recorded(
        Optional.ofNullable(status.revision()).orElse(0L),
        Phase.of(status.phase()).orElse(Phase.NOT_STARTED),
        Optional.ofNullable(status.attempt()).orElse(0),
        Optional.ofNullable(status.observedRetryNonce()).orElse(0),
        ConditionList.why(status.conditions()),
        knowsRun(status) ? Optional.of(run(status)) : Optional.empty());
  }

  /** Without its plan a run can do nothing but put back the workers. */
  private static Run run(AsyncMigrationStatus status) {
    Plan unknown =
        new Plan("", List.of(), List.of(), Optional.ofNullable(status.planHash()).orElse(""));
    Instant started = Optional.ofNullable(status.startedAt()).orElse(Instant.EPOCH);
    Run starting = Run.starting(status.runId(), unknown, started);
    Run run =
        Optional.ofNullable(status.servers()).map(s -> starting.on(servers(s))).orElse(starting);
    Run holding =
        run.holding(
            Optional.ofNullable(status.scaledDeployments()).orElse(List.of()).stream()
                .map(w -> workers(w, started))
                .toList());
    return Optional.ofNullable(status.workers())
        .map(w -> holding.withWorkers(workers(w, started)))
        .orElse(holding);
  }

  /** The nodes themselves are in the ledger alone. */
  private static Servers servers(String scope) {
    int slash = scope.indexOf('/');
    return new Servers(scope, List.of(), slash < 0 ? scope : scope.substring(0, slash));
  }

  private static Workers workers(WorkersStatus status, Instant since) {
    return new Workers(
        status.deployment(),
        status.container(),
        Optional.ofNullable(status.autoscaler()),
        size(status.original()),
        size(status.applied()),
        Arrays.stream(Workers.State.values())
            .filter(state -> state.word().equals(status.state()))
            .findFirst()
            .orElse(Workers.State.RECORDED),
        since);
  }

  private static WorkerSize size(@Nullable WorkerSizeStatus size) {
    return size == null
        ? new WorkerSize(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty())
        : new WorkerSize(
            Optional.ofNullable(size.replicas()),
            Optional.ofNullable(size.cpuRequest()),
            Optional.ofNullable(size.cpuLimit()),
            Optional.ofNullable(size.autoscalerMinimum()));
  }
}
