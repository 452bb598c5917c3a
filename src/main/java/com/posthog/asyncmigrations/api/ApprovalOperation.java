package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A point at which a person decides whether the run goes on. */
public record ApprovalOperation(
    @Required
        @Size(min = 1, max = 400)
        @JsonPropertyDescription(
            "What the person is asked, for example: do the counts of both tables look right?")
        String question) {}
