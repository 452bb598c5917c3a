package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Statements that are run whenever a run ends, one after another. */
@ValidationRule(
    value = "!has(self.where) || self.where == 'OneNode' || self.database == 'ClickHouse'",
    message = "where: EveryShard and EveryNode are for statements on ClickHouse only")
@ValidationRule(
    value = "self.database == 'PostgreSQL' || self.statements.all(s, !has(s.transactional))",
    message = "transactional is for statements on PostgreSQL only")
@ValidationRule(
    value = "self.statements.all(s, !has(s.onUnknown) || s.onUnknown == 'Repeat')",
    message =
        "in restoreAlways, onUnknown can only be Repeat: it must cope with being run more than once")
public record RestoreSpec(
    @Required @JsonPropertyDescription("Where the statements run.") Database database,
    @JsonPropertyDescription("ClickHouse only: OneNode (default), EveryShard or EveryNode.")
        SqlOperation.Target where,
    @Size(max = 50) @JsonPropertyDescription("Settings for the statements.")
        List<NameValue> settings,
    @Required
        @Size(min = 1, max = 50)
        @JsonPropertyDescription("The statements, in this order; they may run more than once.")
        List<StatementSpec> statements) {}
