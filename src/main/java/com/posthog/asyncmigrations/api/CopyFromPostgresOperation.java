package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Rows of a table on PostgreSQL go into one on ClickHouse, in batches, each row once. */
public record CopyFromPostgresOperation(
    @Required
        @Size(min = 1, max = 127)
        @Pattern("^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)?$")
        @JsonPropertyDescription("The table that is copied, as table or schema.table.")
        String table,
    @Required
        @Size(min = 1, max = 8)
        @JsonPropertyDescription(
            "The columns of a unique index of it, in its order; none may be NULL, each must be an integer, a uuid, or text"
                + " of collation C, and each must be copied. The batches follow this order, up to the greatest key at the"
                + " start: later rows are left to the application.")
        List<@Size(min = 1, max = 63) String> key,
    @Size(min = 1, max = 200)
        @JsonPropertyDescription(
            "What is copied. Default: every column of the table, under its own name.")
        List<CopiedColumn> columns,
    @Size(min = 1, max = 4096)
        @JsonPropertyDescription(
            "Only rows for which this PostgreSQL expression holds are copied. Parameters are written {name:type}.")
        String where,
    @Required
        @Size(min = 1, max = 257)
        @Pattern("^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)?$")
        @JsonPropertyDescription(
            "The table on ClickHouse that is filled, as table or database.table: one of the MergeTree family, on the"
                + " first node, without materialized views and without a TTL. Until the copy is over nobody else may"
                + " write rows there whose keys are up to the greatest one at the start, and there are none before.")
        String into,
    @Size(min = 2, max = 16)
        @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
        @JsonPropertyDescription(
            "What one batch should take; the number of its rows follows from that, beginning at 1000. Default: 2s.")
        String batchTime,
    @Min(1)
        @Max(1_000_000)
        @JsonPropertyDescription(
            "The most rows that a batch may have; it has no more than 32 MB in any case. Default: 100000.")
        Integer maxBatchRows,
    @Size(min = 2, max = 16)
        @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
        @JsonPropertyDescription("How long to wait between two batches. Default: not at all.")
        String pause) {

  /** One column of the table that is filled. */
  public record CopiedColumn(
      @Required @Size(min = 1, max = 127) @JsonPropertyDescription("The column on ClickHouse.")
          String name,
      @Size(min = 1, max = 4096)
          @JsonPropertyDescription(
              "What it gets: an expression of PostgreSQL. Default: the column of the same name.")
          String from) {}
}
