package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/**
 * A reference by name to an object of the same namespace; there is no way to reach into another.
 */
public record NamedReference(
    @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name, in the same namespace.")
        String name) {}
