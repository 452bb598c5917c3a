package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A Deployment gets another number of replicas for a part of the run, for example ingestion 0. */
@ValidationRule(
    value = "has(self.replicas) != has(self.restore)",
    message = "scaleDeployment needs exactly one of replicas or restore: true")
@ValidationRule(
    value = "!has(self.longest) || has(self.replicas)",
    message = "longest limits what replicas holds; with restore: true leave it out")
@ValidationRule(
    value = "!has(self.restore) || self.restore",
    message = "restore can only be true; leave it out otherwise")
public record ScaleDeploymentOperation(
    @Required
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("Name of the Deployment, in the same namespace.")
        String deployment,
    @Min(0)
        @Max(1000)
        @JsonPropertyDescription(
            "Its replicas from here on; the operation ends when their pods are ready and the others have ended. What it"
                + " had before is put back by restore: true, by a rollback, and at the end of the run in any case.")
        Integer replicas,
    @Size(min = 2, max = 16)
        @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
        @JsonPropertyDescription(
            "How long it may have these replicas (for example 20m), from when the operation begins: if it was not put"
                + " back by then, what runs is ended as by a timeout, the run ends with the reason HoldTooLong, and it is put"
                + " back. Only with replicas. Default: until the end of the run.")
        String longest,
    @JsonPropertyDescription("Puts back what it had before the run.") Boolean restore) {}
