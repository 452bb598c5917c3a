package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A copy takes the name of the table that was copied, without a hold and without losing a row. */
public record ExchangeTablesOperation(
    @Required
        @Size(min = 1, max = 400)
        @JsonPropertyDescription("The table that was copied: from of a copyTable before.")
        String table,
    @Required @Size(min = 1, max = 400) @JsonPropertyDescription("Its copy: to of that copyTable.")
        String with,
    @Required
        @Size(min = 1, max = 200)
        @JsonPropertyDescription("What the table that was copied is called from then on.")
        String backup) {}
