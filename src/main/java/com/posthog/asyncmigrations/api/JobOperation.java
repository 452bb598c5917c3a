package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/** Any code, as a Kubernetes Job in the migration's namespace. */
public record JobOperation(
    @Required
        @PreserveUnknownFields
        @JsonPropertyDescription(
            "The template of the Job's pods, as in a Job (metadata and spec). restartPolicy is Never where it is not"
                + " said. The pods have the rights that their serviceAccountName has.")
        JsonNode template,
    @Min(0)
        @Max(100)
        @JsonPropertyDescription(
            "How many pods that fail are replaced before the operation has failed. Default: 0.")
        Integer retries) {}
