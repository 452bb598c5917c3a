package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** The versions of a database that the migration can run on. */
public record ServiceVersionSpec(
    @Required @JsonPropertyDescription("Whose version; each node of ClickHouse is asked.")
        Database service,
    @Required
        @Size(min = 1, max = 200)
        @Pattern("^[<>=!~^]{0,2}[0-9*][0-9.<>=!~^*, ]*$")
        @JsonPropertyDescription(
            "The versions that pass, as PostHog writes them: clauses that all must hold, separated by commas, for"
                + " example >=21.6.0,<21.7.0. A clause is one of ==, !=, <, <=, >, >=, ~, ~= or ^ with up to three"
                + " numbers, of which * is any. Of a server's version the first three numbers count.")
        String range) {}
