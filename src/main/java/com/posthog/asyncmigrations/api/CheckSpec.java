package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Something that must hold before a run starts or while it goes on; of exactly one kind. */
@ValidationRule(
    value =
        "[has(self.query), has(self.diskSpace), has(self.pendingMutations), has(self.replicaLag),"
            + " has(self.mergesBacklog)].filter(x, x).size() == 1",
    message =
        "a check needs exactly one of query, diskSpace, pendingMutations, replicaLag or mergesBacklog")
public record CheckSpec(
    @Required
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @JsonPropertyDescription("Name, unique among the prechecks or the healthchecks.")
        String name,
    @JsonPropertyDescription("A query that must answer what is expected, within 10 seconds.")
        Query query,
    @JsonPropertyDescription(
            "Enough space must be free on every ClickHouse node: on the disks of a table's storage policy, or on"
                + " every local disk.")
        DiskSpace diskSpace,
    @JsonPropertyDescription("No mutation of ClickHouse may be unfinished or failing, on any node.")
        PendingMutations pendingMutations,
    @JsonPropertyDescription(
            "Replicated tables must be writable and not too far behind, on every ClickHouse node.")
        ReplicaLag replicaLag,
    @JsonPropertyDescription("ClickHouse must keep up with its merges, on every node.")
        MergesBacklog mergesBacklog) {

  private static final String TABLE = "^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)?$";
  private static final String BYTES = "^(0|[1-9][0-9]{0,14})(k|M|G|T|Ki|Mi|Gi|Ti)?$";
  private static final String DURATION = "^([1-9][0-9]{0,5}(s|m|h|d))+$";

  /** A query whose first value is compared with what is expected. */
  @ValidationRule(
      value = "[has(self.equals), has(self.atLeast), has(self.atMost)].filter(x, x).size() == 1",
      message = "a query needs exactly one of equals, atLeast or atMost")
  @ValidationRule(
      value = "!has(self.where) || self.database == 'ClickHouse'",
      message = "where is for queries on ClickHouse only: PostgreSQL has one node")
  public record Query(
      @Required @JsonPropertyDescription("Where the query runs.") Database database,
      @Required
          @Size(min = 1, max = 32768)
          @JsonPropertyDescription(
              "A query that reads only; the first value of its first row counts. Parameters are written"
                  + " {name:Type}.")
          String sql,
      @Size(max = 1024) @JsonPropertyDescription("The value must be this, as text.") String equals,
      @JsonPropertyDescription("The value must be a number, and at least this.") Long atLeast,
      @JsonPropertyDescription("The value must be a number, and at most this.") Long atMost,
      @JsonPropertyDescription(
              "ClickHouse only: OneNode (default) asks the first node, EveryNode asks each, and all of them must"
                  + " pass.")
          Nodes where) {}

  /** Which ClickHouse nodes are asked. */
  public enum Nodes {
    /** The first one. */
    OneNode,
    /** Each one, and all must pass. */
    EveryNode
  }

  /** Free space; where a table is named, on the disks of its storage policy together. */
  @ValidationRule(
      value = "has(self.ratio) || has(self.atLeast)",
      message = "diskSpace needs ratio (with table), atLeast or both")
  @ValidationRule(
      value = "!has(self.ratio) || has(self.table)",
      message = "diskSpace.ratio needs table: it is a multiple of the table's size")
  public record DiskSpace(
      @Size(min = 1, max = 257)
          @Pattern(TABLE)
          @JsonPropertyDescription(
              "The table, as table or database.table, by its local name (not a Distributed one). Not set: every"
                  + " local disk is looked at by itself.")
          String table,
      @Min(0.01)
          @Max(1000)
          @JsonPropertyDescription(
              "How many times the size of the table's active parts on a node must be free on that node, for example"
                  + " 1.5.")
          Double ratio,
      @Size(min = 1, max = 17)
          @Pattern(BYTES)
          @JsonPropertyDescription(
              "How many bytes must be free, as text with an optional unit (k, M, G, T, or Ki, Mi, Gi, Ti), for example"
                  + " 100M.")
          String atLeast) {}

  /** Mutations that are not done. */
  public record PendingMutations(
      @Size(min = 1, max = 257)
          @Pattern(TABLE)
          @JsonPropertyDescription(
              "The table, as table or database.table. Not set: all tables of the instance's database.")
          String table) {}

  /** The state of replicated tables. */
  public record ReplicaLag(
      @Size(min = 1, max = 257)
          @Pattern(TABLE)
          @JsonPropertyDescription(
              "The table, as table or database.table. Not set: all replicated tables of the instance's database.")
          String table,
      @Required
          @Size(min = 2, max = 16)
          @Pattern(DURATION)
          @JsonPropertyDescription(
              "How far a replica may be behind the most current one (its absolute_delay), for example 30s. It must"
                  + " not be read-only, nor have lost its Keeper session.")
          String atMost) {}

  /** Parts that wait to be merged. */
  @ValidationRule(
      value = "has(self.partsPerPartition) || has(self.runningMerges)",
      message = "mergesBacklog needs partsPerPartition, runningMerges or both")
  public record MergesBacklog(
      @Size(min = 1, max = 257)
          @Pattern(TABLE)
          @JsonPropertyDescription(
              "The table, as table or database.table. Not set: all tables of the instance's database.")
          String table,
      @Min(1)
          @Max(1_000_000)
          @JsonPropertyDescription(
              "How many active parts a partition may have at most, for example 150. ClickHouse delays inserts above"
                  + " parts_to_delay_insert.")
          Integer partsPerPartition,
      @Min(0)
          @Max(1_000_000)
          @JsonPropertyDescription(
              "How many merges and mutations of parts may run at most on a node.")
          Integer runningMerges) {}
}
