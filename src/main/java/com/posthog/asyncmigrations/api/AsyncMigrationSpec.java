package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/**
 * What a migration does, and what a person wants of it. People write it; the operator never does.
 */
@ValidationRule(
    value = "self.migration == oldSelf.migration",
    message = "spec.migration is immutable: apply another AsyncMigration for another migration")
@ValidationRule(
    value = "self.instanceRef.name == oldSelf.instanceRef.name",
    message =
        "spec.instanceRef.name is immutable: apply another AsyncMigration for another instance")
@ValidationRule(
    // Each name is looked for among all of them, which the API server allows up to a cost of a
    // million: 0.2 for a
    // character and a name. Beyond that the plan is refused.
    value =
        "self.operations.size() * self.operations.map(o, o.name.size()).sum() > 4000000"
            + " || [self.operations.map(o, o.name)].all(names, names.all(n, names.indexOf(n) == names.lastIndexOf(n)))",
    message = "spec.operations: every name must be used once only")
@ValidationRule(
    value =
        "!has(self.parameters) || self.parameters.all(o, self.parameters.exists_one(p, p.name == o.name))",
    message = "spec.parameters: every name must be used once only")
@ValidationRule(
    value =
        "!has(self.approvals) || self.approvals.all(o,"
            + " self.approvals.exists_one(a, a.operation == o.operation && a.planHash == o.planHash))",
    message = "spec.approvals: one decision only for an operation of a plan")
@ValidationRule(
    value =
        "!has(oldSelf.retryNonce) || (has(self.retryNonce) && self.retryNonce >= oldSelf.retryNonce)",
    message = "spec.retryNonce only grows: raise it to run again")
@ValidationRule(
    value =
        "!has(self.prechecks) || self.prechecks.all(o, self.prechecks.exists_one(c, c.name == o.name))",
    message = "spec.prechecks: every name must be used once only")
@ValidationRule(
    value =
        "!has(self.healthchecks) || self.healthchecks.all(o, self.healthchecks.exists_one(c, c.name == o.name))",
    message = "spec.healthchecks: every name must be used once only")
@ValidationRule(
    value = "!has(self.dependsOn) || self.dependsOn.all(d, d != self.migration)",
    message = "spec.dependsOn: a migration cannot depend on itself")
public record AsyncMigrationSpec(
    @Required @JsonPropertyDescription("The PostHogInstance whose databases are migrated.")
        NamedReference instanceRef,
    @Required
        @Size(min = 6, max = 50)
        @Pattern("^[0-9]{4}_[a-z0-9_]{1,45}$")
        @JsonPropertyDescription(
            "The migration's name: four digits and what it does, for example 0002_events_sample_by."
                + " Immutable.")
        String migration,
    @Size(max = 400) @JsonPropertyDescription("What the migration does, for people.")
        String description,
    @JsonPropertyDescription(
            "What is wanted. Idle starts nothing; Completed runs the migration, or goes on with it; Paused lets the"
                + " statement under way end, puts the workers back and waits; Stopped ends a run where it is;"
                + " RolledBack undoes what was done. Not set: Completed where the instance's settings.autoStart is"
                + " true, else Idle. A run that is under way is not ended by Idle, nor by taking the field away.")
        DesiredState desiredState,
    @JsonPropertyDescription(
            "Nothing is started, whatever desiredState is; status.plan says what a run would do, and what is in its way."
                + " Changes nothing in the databases but the report of it in the operator's own schema. A run that is under"
                + " way is not ended by it. Take it away, or set it to false, to let the migration run.")
        Boolean dryRun,
    @Min(0)
        @Max(1_000_000)
        @JsonPropertyDescription(
            "Raise it to run again: after an error from where the run stood, after a rollback from the first operation."
                + " Each increase counts once, and it only grows.")
        Integer retryNonce,
    @JsonPropertyDescription(
            "What copies of tables may take of the servers. May be changed while a run goes on, and holds from the next"
                + " chunk.")
        LimitsSpec limits,
    @Size(max = 50)
        @JsonPropertyDescription("Decisions on operations of kind approval, each for one plan.")
        List<ApprovalSpec> approvals,
    @Default("\"AtEnd\"")
        @JsonPropertyDescription(
            "Whether a run is written into PostHog's own tables posthog_asyncmigration and"
                + " posthog_asyncmigrationerror, if they are there. AtEnd: once it has ended. WhileRunning: on its way"
                + " too, as Starting, during which no pod of PostHog can start. Off: they are neither written nor"
                + " read, so that nothing is adopted from them and nothing waits for PostHog.")
        PostHogTables posthogTables,
    @JsonPropertyDescription(
            "The versions of PostHog that the migration can run on; the instance tells which one is installed.")
        VersionWindowSpec posthogVersions,
    @Size(max = 50)
        @JsonPropertyDescription(
            "Migrations of the same instance (their spec.migration) that must be completed before this one starts.")
        List<@Size(min = 6, max = 50) @Pattern("^[0-9]{4}_[a-z0-9_]{1,45}$") String> dependsOn,
    @Size(max = 20)
        @JsonPropertyDescription(
            "Versions of the databases that the migration can run on; checked before every start and resume.")
        List<ServiceVersionSpec> serviceVersions,
    @JsonPropertyDescription(
            "Whether the migration is needed. One that is not completes without running, also while desiredState is"
                + " not set. Not set: it is needed.")
        RequirementSpec requiredWhen,
    @Size(max = 50) @JsonPropertyDescription("What must hold before every start and every resume.")
        List<CheckSpec> prechecks,
    @Size(max = 50)
        @JsonPropertyDescription(
            "What must hold before every start and every resume, and every 30 seconds while the migration runs:"
                + " three failures in a row end the run as an error. A check that cannot be made is no failure, but no"
                + " new statement begins.")
        List<CheckSpec> healthchecks,
    @Size(max = 50)
        @JsonPropertyDescription(
            "Values that the statements use as {name:Type}; they are sent beside the statement and never"
                + " pasted into it.")
        List<ParameterSpec> parameters,
    @Required @Size(min = 1, max = 500) @JsonPropertyDescription("What is done, in this order.")
        List<OperationSpec> operations,
    @Size(max = 20)
        @JsonPropertyDescription(
            "Statements that are run whenever a run ends, however it ended, before the workers are put back; also"
                + " after a crash. They may run more than once, and must cope with what was never changed.")
        List<RestoreSpec> restoreAlways) {}
