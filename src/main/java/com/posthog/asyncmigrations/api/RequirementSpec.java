package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A query that tells whether the migration is needed. */
public record RequirementSpec(
    @Required @JsonPropertyDescription("Where the query runs; ClickHouse: on the first node.")
        Database database,
    @Required
        @Size(min = 1, max = 32768)
        @JsonPropertyDescription(
            "A query that reads only; the first value of its first row must be 1 or true (the migration is needed)"
                + " or 0 or false (it is not). Parameters are written {name:Type}.")
        String sql) {}
