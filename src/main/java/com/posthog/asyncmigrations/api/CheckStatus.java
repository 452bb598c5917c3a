package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;

/** What a check has found. */
public record CheckStatus(
    @Size(max = 16)
        @JsonPropertyDescription(
            "PostHogVersion, Requirement, ServiceVersion, Dependency, Precheck or Healthcheck.")
        String kind,
    @Size(max = 63) @JsonPropertyDescription("Its name, or what it is about.") String name,
    @Size(max = 8)
        @JsonPropertyDescription("Passed, Failed, or Unknown where it could not be made.")
        String result,
    @Size(max = 200) @JsonPropertyDescription("What was found.") String found,
    @Size(max = 100) @JsonPropertyDescription("What would pass.") String wouldPass,
    @JsonPropertyDescription(
            "When it was found. A result that repeats keeps its time; figures that change are shown after 5 minutes"
                + " at the earliest.")
        Instant at) {}
