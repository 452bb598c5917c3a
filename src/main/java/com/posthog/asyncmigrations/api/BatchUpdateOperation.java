package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** A statement on PostgreSQL that goes through a table in batches of its rows. */
@ValidationRule(
    value = "self.sql.contains('{batch}')",
    message = "batchUpdate needs {batch} in sql, where the rows of one batch are chosen")
public record BatchUpdateOperation(
    @Required
        @Size(min = 1, max = 127)
        @Pattern("^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)?$")
        @JsonPropertyDescription("The table, as table or schema.table.")
        String table,
    @Required
        @Size(min = 1, max = 8)
        @JsonPropertyDescription(
            "The columns of a unique index, in its order; none may be NULL, and the statement must not change them. The"
                + " batches follow this order, up to the greatest key at the start: later rows are left to the"
                + " application.")
        List<@Size(min = 1, max = 63) String> key,
    @Required
        @Size(min = 1, max = 32768)
        @JsonPropertyDescription(
            "One statement, with {batch} as a condition in its WHERE: it chooses the rows of one batch, and speaks of"
                + " the table under its own name. Other parameters are written {name:type}. Each batch runs exactly once,"
                + " in a transaction together with the mark of how far the operation is.")
        String sql,
    @Size(min = 2, max = 16)
        @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
        @JsonPropertyDescription(
            "What one batch should take; the number of its rows follows from that, beginning at 1000. One that takes"
                + " five times as long is cancelled, and done again with half the rows. Default: 2s.")
        String batchTime,
    @Min(1)
        @Max(10_000_000)
        @JsonPropertyDescription("The most rows that a batch may have. Default: 1000000.")
        Integer maxBatchRows,
    @Size(min = 2, max = 16)
        @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
        @JsonPropertyDescription("How long to wait between two batches. Default: not at all.")
        String pause) {}
