package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Rows that an operation's statements run for, one row after the other. */
public record ForEachSpec(
    @Required @JsonPropertyDescription("Where the query runs.") Database database,
    @Required
        @Size(min = 1, max = 32768)
        @JsonPropertyDescription(
            "A query that reads only, at most 100,000 rows. It runs once, when the operation begins; a run that goes on"
                + " later goes through the same rows.")
        String sql,
    @Required
        @Size(min = 1, max = 20)
        @JsonPropertyDescription(
            "What the values of a row are called as parameters of the statements, in the order of the query's columns.")
        List<@Size(min = 1, max = 50) @Pattern("^[A-Za-z_][A-Za-z0-9_]*$") String> columns) {}
