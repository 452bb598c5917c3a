package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;

/** What a run would do: what a dry run has found. The complete report is in PostgreSQL. */
public record PlanStatus(
    @Size(max = 64) @JsonPropertyDescription("Hash of the plan that was looked at.")
        String planHash,
    @JsonPropertyDescription("Whether nothing was found that is in the way of a run.")
        Boolean ready,
    @JsonPropertyDescription("When the servers were asked.") Instant madeAt,
    @Size(max = 10) @JsonPropertyDescription("Why a run would not get to its end, or would wait.")
        List<ProblemStatus> problems,
    @JsonPropertyDescription("How many problems there are.") Integer problemsTotal,
    @Size(max = 20)
        @JsonPropertyDescription(
            "What the operations would do; those that move data come first where there are many.")
        List<OperationPlanStatus> operations,
    @JsonPropertyDescription("How many operations there are.") Integer operationsTotal) {

  /** One problem. */
  public record ProblemStatus(
      @Size(max = 63)
          @JsonPropertyDescription("The operation it belongs to; none: the start of a run.")
          String operation,
      @Size(max = 64) @JsonPropertyDescription("The reason that a run would give.") String reason,
      @Size(max = 500) @JsonPropertyDescription("What was found, and what would pass.")
          String message) {}

  /** What one operation would do. */
  public record OperationPlanStatus(
      @Size(max = 63) @JsonPropertyDescription("Its name.") String name,
      @Size(max = 32) @JsonPropertyDescription("Its kind, as the spec has it.") String kind,
      @JsonPropertyDescription("Rows that it goes through.") Long rows,
      @JsonPropertyDescription("Their bytes on disk.") Long bytes,
      @JsonPropertyDescription("Partitions that they are in; parts, for a mutation.")
          Long partitions,
      @JsonPropertyDescription(
              "Chunks that a copy begins with; for steps that go through batches, the fewest of them.")
          Long chunks,
      @Size(max = 10) @JsonPropertyDescription("Space on the disks that it writes to.")
          List<DiskStatus> disks,
      @Size(max = 16) @JsonPropertyDescription("About how long it takes, for example 2h10m.")
          String estimatedTime,
      @Size(max = 300) @JsonPropertyDescription("How the time was estimated, or why it was not.")
          String estimate,
      @Size(max = 10) @JsonPropertyDescription("Views that INSERTs into its table fire.")
          List<@Size(max = 200) String> views,
      @Size(max = 10)
          @JsonPropertyDescription(
              "What can only be checked when the operations before it are done, and is checked then.")
          List<@Size(max = 300) String> notCheckedYet,
      @Size(max = 5) @JsonPropertyDescription("The first of its statements.")
          List<@Size(max = 500) String> statements) {}

  /** The disks of a storage policy on a server. */
  public record DiskStatus(
      @Size(max = 300) @JsonPropertyDescription("The server.") String node,
      @Size(max = 100) @JsonPropertyDescription("The storage policy.") String policy,
      @JsonPropertyDescription("Bytes that are written.") Long needed,
      @JsonPropertyDescription("Bytes that are free.") Long free) {}
}
