package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * How an operation is undone. Its statements must cope with an operation that never ran, half ran
 * or was undone already, because any of these can be the case.
 */
@ValidationRule(
    value =
        "[has(self.sql), has(self.job), has(self.irreversible), has(self.notNeeded)].filter(x, x).size() == 1",
    message = "a rollback needs exactly one of sql, job, irreversible: true or notNeeded: true")
@ValidationRule(
    value =
        "(!has(self.irreversible) || self.irreversible) && (!has(self.notNeeded) || self.notNeeded)",
    message = "irreversible and notNeeded can only be true; leave them out otherwise")
@ValidationRule(
    value =
        "!has(self.sql) || self.sql.statements.all(s, !has(s.onUnknown) || s.onUnknown == 'Repeat')",
    message =
        "in a rollback, onUnknown can only be Repeat: a rollback must cope with being run more than once")
public record RollbackSpec(
    @JsonPropertyDescription("Statements that undo the operation; they may run more than once.")
        SqlOperation sql,
    @JsonPropertyDescription("A Job that undoes the operation; it may run more than once.")
        JobOperation job,
    @JsonPropertyDescription(
            "The operation cannot be undone: once it has begun, the migration is not rolled back.")
        Boolean irreversible,
    @JsonPropertyDescription("There is nothing to undo.") Boolean notNeeded) {}
