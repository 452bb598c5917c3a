package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** A mutation of a ClickHouse table, followed until it is done on every replica. */
public record MutationOperation(
    @Required
        @Size(min = 1, max = 257)
        @Pattern("^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)?$")
        @JsonPropertyDescription("The table, as table or database.table; on each shard.")
        String table,
    @Required
        @Size(min = 1, max = 32768)
        @JsonPropertyDescription(
            "What follows ALTER TABLE table: UPDATE ... WHERE, DELETE WHERE, MATERIALIZE INDEX, MATERIALIZE"
                + " PROJECTION or MATERIALIZE COLUMN; several with commas. Parameters are written {name:Type}.")
        String command,
    @Size(max = 50)
        @JsonPropertyDescription(
            "Settings for the ALTER, for example allow_nondeterministic_mutations; not mutations_sync.")
        List<NameValue> settings) {}
