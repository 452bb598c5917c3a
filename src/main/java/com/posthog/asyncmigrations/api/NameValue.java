package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A database setting for the statements of one operation. */
public record NameValue(
    @Required
        @Size(min = 1, max = 128)
        @Pattern("^[a-zA-Z_][a-zA-Z0-9_.]*$")
        @JsonPropertyDescription("Name of the setting, as the database spells it.")
        String name,
    @Required @Size(max = 1024) @JsonPropertyDescription("Its value, as text.") String value) {}
