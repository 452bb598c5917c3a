package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Statements that run one after another, each with an identity of its own. */
@ValidationRule(
    value = "self.database == 'PostgreSQL' || self.statements.all(s, !has(s.transactional))",
    message = "transactional is for statements on PostgreSQL only")
@ValidationRule(
    value =
        "self.database == 'ClickHouse' || self.statements.all(s, !has(s.onUnknown)"
            + " || (has(s.transactional) && !s.transactional))",
    message =
        "onUnknown is for statements on ClickHouse, and for those on PostgreSQL with transactional: false;"
            + " a transactional one ran exactly once or not at all")
@ValidationRule(
    value = "!has(self.where) || self.where == 'OneNode' || self.database == 'ClickHouse'",
    message = "where: EveryShard and EveryNode are for statements on ClickHouse only")
public record SqlOperation(
    @Required @JsonPropertyDescription("Where the statements run.") Database database,
    @JsonPropertyDescription(
            "ClickHouse only: OneNode (default), EveryShard (one replica of each shard) or EveryNode. On several, each"
                + " statement runs on all of them at the same time, and the next one begins when it has finished on all;"
                + " tried again, it runs only where it has not.")
        Target where,
    @JsonPropertyDescription(
            "The statements run for each row of this query, one row after the other; finished rows are not repeated.")
        ForEachSpec forEach,
    @Size(max = 50)
        @JsonPropertyDescription("Settings for the statements, for example max_execution_time.")
        List<NameValue> settings,
    @Required
        @Size(min = 1, max = 50)
        @JsonPropertyDescription(
            "The statements, in this order. A stop or a timeout ends the statement on its server; it does not end"
                + " what a statement only waits for: a mutation of ClickHouse (use kind mutation), or the other hosts of"
                + " ON CLUSTER.")
        List<StatementSpec> statements) {
  /** Which nodes of a ClickHouse cluster. */
  public enum Target {
    /** The first node. */
    OneNode,
    /** One replica of each shard. */
    EveryShard,
    /** Every replica of every shard. */
    EveryNode
  }
}
