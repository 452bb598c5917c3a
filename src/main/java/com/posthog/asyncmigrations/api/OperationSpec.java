package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** One operation, of exactly one kind. */
@ValidationRule(
    value =
        "[has(self.sql), has(self.batchUpdate), has(self.copyFromPostgres), has(self.verify), has(self.approval),"
            + " has(self.scaleDeployment), has(self.job), has(self.mutation), has(self.copyTable),"
            + " has(self.exchangeTables)].filter(x, x).size() == 1",
    message =
        "an operation needs exactly one kind: sql, batchUpdate, copyFromPostgres, verify, approval, scaleDeployment,"
            + " job, mutation, copyTable or exchangeTables")
@ValidationRule(
    value =
        "(has(self.sql) || has(self.batchUpdate) || has(self.copyFromPostgres) || has(self.job) || has(self.mutation))"
            + " == has(self.rollback)",
    message =
        "an operation of kind sql, batchUpdate, copyFromPostgres, job or mutation needs a rollback (sql, job,"
            + " irreversible: true or notNeeded: true), one of another kind has none")
@ValidationRule(
    value =
        "!has(self.sql) || (has(self.rollback) && has(self.rollback.sql))"
            + " || self.sql.statements.all(s, !has(s.onUnknown) || s.onUnknown != 'RollBackThenRepeat')",
    message = "onUnknown: RollBackThenRepeat needs a rollback with sql")
public record OperationSpec(
    @Required
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @JsonPropertyDescription("Name, unique within the migration.")
        String name,
    @Size(max = 400) @JsonPropertyDescription("What the operation does, for people.")
        String description,
    @Size(min = 2, max = 16)
        @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
        @JsonPropertyDescription(
            "How long one statement of this operation may run (for example 90s, 30m, 2h, 3d); then it is killed"
                + " and the operation has failed. Default: the instance's settings.defaultTimeout. Not for batchUpdate"
                + " and copyFromPostgres, whose batches have a limit of their own.")
        String timeout,
    @Min(1)
        @Max(1_000_000_000_000_000L)
        @JsonPropertyDescription(
            "Share of the progress, relative to the other operations. Default: 1.")
        Long weight,
    @JsonPropertyDescription("Statements on one of the databases.") SqlOperation sql,
    @JsonPropertyDescription("A statement on PostgreSQL that goes through a table in batches.")
        BatchUpdateOperation batchUpdate,
    @JsonPropertyDescription("Rows of a table on PostgreSQL go into one on ClickHouse, in batches.")
        CopyFromPostgresOperation copyFromPostgres,
    @JsonPropertyDescription(
            "A comparison of two tables, or a query with an expectation; what does not hold ends the run before"
                + " the next operation.")
        VerifyOperation verify,
    @JsonPropertyDescription(
            "Waits for a person, who decides in spec.approvals; there is no time limit.")
        ApprovalOperation approval,
    @JsonPropertyDescription(
            "Gives a Deployment another number of replicas, which is always put back; it needs no rollback.")
        ScaleDeploymentOperation scaleDeployment,
    @JsonPropertyDescription("Any code, as a Kubernetes Job.") JobOperation job,
    @JsonPropertyDescription(
            "Copies a ClickHouse table into one of another shape, while it is in use; its rollback empties the target.")
        CopyTableOperation copyTable,
    @JsonPropertyDescription(
            "A copy takes the name of the table that was copied; its rollback takes the rows that have arrived since back"
                + " with it.")
        ExchangeTablesOperation exchangeTables,
    @JsonPropertyDescription("Changes a ClickHouse table in place, in the background.")
        MutationOperation mutation,
    @JsonPropertyDescription("How the operation is undone.") RollbackSpec rollback) {}
