package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;

/**
 * How far a migration is: written by the operator alone, before and after everything that it does.
 */
public record AsyncMigrationStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        Long observedGeneration,
    @Size(max = 32) @JsonPropertyDescription("Where the migration stands, in one word.")
        String phase,
    @JsonPropertyDescription("How far it is, 0 to 100.") Integer progress,
    @JsonPropertyDescription("Index of the operation under way, from 0.")
        Integer currentOperationIndex,
    @Size(max = 63) @JsonPropertyDescription("Name of the operation under way.")
        String currentOperation,
    @Size(max = 128)
        @JsonPropertyDescription(
            "Id of the query that runs now: its query_id in ClickHouse; in PostgreSQL the application_name is"
                + " asyncmig:<runId>:<attempt>:<the part from f, r, u or e on>.")
        String currentQueryId,
    @JsonPropertyDescription(
            "Rows that the operation under way reads or writes in a second, over the last minute.")
        Long throughput,
    @JsonPropertyDescription(
            "When the operation under way will have ended, if it goes on as in the last minute.")
        Instant eta,
    @JsonPropertyDescription("When the attempt started.") Instant startedAt,
    @JsonPropertyDescription("When the attempt ended.") Instant finishedAt,
    @JsonPropertyDescription("How many times the migration was started from its first operation.")
        Integer attempt,
    @JsonPropertyDescription("The newest spec.retryNonce that was followed, or had nothing to do.")
        Integer observedRetryNonce,
    @Size(max = 8) @JsonPropertyDescription("The run's own id, a part of every query id.")
        String runId,
    @Size(max = 64) @JsonPropertyDescription("Hash of the plan that runs.") String planHash,
    @Size(max = 100)
        @JsonPropertyDescription(
            "The servers that the run works on: the id of its PostgreSQL database, and a hash of its ClickHouse nodes.")
        String servers,
    @JsonPropertyDescription("How many records the run's ledger holds; it only grows.")
        Long revision,
    @JsonPropertyDescription("What is about to be done, or is being done.") IntentStatus intent,
    @JsonPropertyDescription("The worker Deployment, before and during the run.")
        WorkersStatus workers,
    @Size(max = 10) @JsonPropertyDescription("The other Deployments that the run has scaled.")
        List<WorkersStatus> scaledDeployments,
    @Size(max = 20) @JsonPropertyDescription("The operations around the current one.")
        List<OperationStatus> operations,
    @JsonPropertyDescription("How many operations there are.") Integer operationsTotal,
    @Size(max = 10) @JsonPropertyDescription("The newest errors, newest first.")
        List<ErrorStatus> errors,
    @Size(max = 20)
        @JsonPropertyDescription("What the checks have found, those that did not pass first.")
        List<CheckStatus> checks,
    @JsonPropertyDescription("What a run would do, while spec.dryRun is true and none has begun.")
        PlanStatus plan,
    @Size(max = 8)
        @JsonPropertyDescription("Ready, Reconciling and Stalled, as kstatus reads them.")
        List<ConditionStatus> conditions) {

  /**
   * What of a status can be told at greater or at smaller length; the rest is what the run stands
   * on.
   */
  public record Details(
      Integer progress,
      String currentQueryId,
      Long throughput,
      Instant eta,
      IntentStatus intent,
      List<OperationStatus> operations,
      List<ErrorStatus> errors,
      List<CheckStatus> checks,
      PlanStatus plan,
      List<ConditionStatus> conditions) {}

  /** Its details. */
  public Details details() {
    return new Details(
        progress,
        currentQueryId,
        throughput,
        eta,
        intent,
        operations,
        errors,
        checks,
        plan,
        conditions);
  }

  /** The same with what a dry run has found. */
  public AsyncMigrationStatus withPlan(PlanStatus found) {
    return with(
        new Details(
            progress,
            currentQueryId,
            throughput,
            eta,
            intent,
            operations,
            errors,
            checks,
            found,
            conditions));
  }

  /** The same with other details. */
  public AsyncMigrationStatus with(Details details) {
    return new AsyncMigrationStatus(
        observedGeneration,
        phase,
        details.progress(),
        currentOperationIndex,
        currentOperation,
        details.currentQueryId(),
        details.throughput(),
        details.eta(),
        startedAt,
        finishedAt,
        attempt,
        observedRetryNonce,
        runId,
        planHash,
        servers,
        revision,
        details.intent(),
        workers,
        scaledDeployments,
        details.operations(),
        operationsTotal,
        details.errors(),
        details.checks(),
        details.plan(),
        details.conditions());
  }

  /** The write-ahead record of an effect. */
  public record IntentStatus(
      @Size(max = 16) @JsonPropertyDescription("Forward, Backward, Redo or Restore.") String stage,
      @JsonPropertyDescription("Index of the operation.") Integer operation,
      @JsonPropertyDescription("Index of the statement within the operation.") Integer statement,
      @JsonPropertyDescription("Which try of this statement, from 1.") Integer tryNumber,
      @Size(max = 100) @JsonPropertyDescription("The id that the statement carries.")
          String queryId,
      @Size(max = 300) @JsonPropertyDescription("The server that the statement is for.")
          String node,
      @Size(max = 20)
          @JsonPropertyDescription("The servers of a statement that runs on several at once.")
          List<TargetStatus> targets,
      @JsonPropertyDescription("The fencing token of the lease it was written under.") Long token,
      @JsonPropertyDescription("When it was written.") Instant at) {}

  /** One of the servers of a statement that runs on several at once. */
  public record TargetStatus(
      @Size(max = 16) @JsonPropertyDescription("Shard and replica, for example s2r1.")
          String target,
      @Size(max = 300) @JsonPropertyDescription("The server.") String node,
      @Size(max = 100) @JsonPropertyDescription("The id that the statement carries there.")
          String queryId,
      @Size(max = 16) @JsonPropertyDescription("Open, Finished or Failed.") String state,
      @JsonPropertyDescription("Rows that it has read or written.") Long rows) {}

  /** The worker Deployment's sizes. */
  public record WorkersStatus(
      @Size(max = 253) @JsonPropertyDescription("Name of the Deployment.") String deployment,
      @Size(max = 63) @JsonPropertyDescription("The container that the CPU figures are of.")
          String container,
      @Size(max = 253) @JsonPropertyDescription("Name of its HorizontalPodAutoscaler, if any.")
          String autoscaler,
      @JsonPropertyDescription("What was there before the run.") WorkerSizeStatus original,
      @JsonPropertyDescription("What the run set.") WorkerSizeStatus applied,
      @Size(max = 16) @JsonPropertyDescription("Recorded, Scaled or Restored.") String state) {}

  /** One size of the worker Deployment. */
  public record WorkerSizeStatus(
      @JsonPropertyDescription("Replicas.") Integer replicas,
      @Size(max = 32) @JsonPropertyDescription("CPU request of the container.") String cpuRequest,
      @Size(max = 32) @JsonPropertyDescription("CPU limit of the container.") String cpuLimit,
      @JsonPropertyDescription("The autoscaler's minimum.") Integer autoscalerMinimum) {}

  /** One operation's state. */
  public record OperationStatus(
      @JsonPropertyDescription("Its index, from 0.") Integer index,
      @Size(max = 63) @JsonPropertyDescription("Its name.") String name,
      @Size(max = 16) @JsonPropertyDescription("Pending, Running, Completed, Failed or RolledBack.")
          String state,
      @JsonPropertyDescription("When it started.") Instant startedAt,
      @JsonPropertyDescription("When it ended.") Instant finishedAt,
      @JsonPropertyDescription("Rows that it has read or written.") Long rows,
      @JsonPropertyDescription("How many statements it has started, repeats included.")
          Integer tries,
      @Size(max = 600)
          @JsonPropertyDescription(
              "What it said at its end: the last lines of a Job, the figures of a copy.")
          String output,
      @JsonPropertyDescription("How many items it runs for, where it has forEach.") Integer items,
      @JsonPropertyDescription("How many of them have finished.") Integer itemsFinished) {}

  /** One error. */
  public record ErrorStatus(
      @JsonPropertyDescription("When it was seen.") Instant at,
      @Size(max = 63) @JsonPropertyDescription("The operation it belongs to.") String operation,
      @Size(max = 64) @JsonPropertyDescription("One word of the operator's vocabulary.")
          String reason,
      @Size(max = 1024) @JsonPropertyDescription("What happened.") String message) {}
}
