package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Copies a ClickHouse table into one of another shape, while it is in use, each row once. */
@ValidationRule(
    value =
        "!has(self.mode) || self.mode != 'HardLink' || (has(self.live) && self.live != 'Rounds')",
    message =
        "mode: HardLink needs live: None or Pause, since nobody could tell the rows that arrive meanwhile from those that"
            + " share their files")
@ValidationRule(
    value =
        "!has(self.mode) || self.mode != 'HardLink'"
            + " || (!has(self.columns) && !has(self.leaveOut) && !has(self.chunkRows))",
    message =
        "mode: HardLink moves whole partitions to a table of equal structure: leave out columns, leaveOut and chunkRows")
public record CopyTableOperation(
    @Required
        @Size(min = 1, max = 400)
        @JsonPropertyDescription("The table that is copied: table or database.table.")
        String from,
    @Required
        @Size(min = 1, max = 400)
        @JsonPropertyDescription(
            "The table that it is copied to, on every shard: empty, of the same database, made by an operation before"
                + " this one, with any sorting key, partition key, codecs and columns.")
        String to,
    @JsonPropertyDescription(
            "Rows (default): rows are copied. HardLink: whole partitions are given to a table of equal structure, which"
                + " then shares the files, so that nothing is written; it needs live: None or Pause.")
        Mode mode,
    @Size(max = 100)
        @JsonPropertyDescription(
            "What columns of the target get, where it is not the source's column of the same name.")
        List<ColumnSpec> columns,
    @Size(max = 100)
        @JsonPropertyDescription("Columns of the source that the target is meant to lack.")
        List<@Size(min = 1, max = 200) String> leaveOut,
    @JsonPropertyDescription(
            "Rounds (default): rows may be inserted meanwhile, and are copied too, in rounds. None: nothing may change"
                + " the source; that nothing did is checked. Pause: the same, and an operation before this one holds what"
                + " writes to it, a scaleDeployment with replicas and longest, until after the exchange.")
        Live live,
    @Min(1)
        @Max(1_000_000_000_000L)
        @JsonPropertyDescription(
            "About how many rows are copied by one statement. A stop loses at most so many. Default: 20000000.")
        Long chunkRows,
    @Size(max = 50)
        @JsonPropertyDescription(
            "Settings for the statements that copy and verify, for example max_insert_threads, max_memory_usage or"
                + " max_local_write_bandwidth.")
        List<NameValue> settings) {
  /** How the target gets the rows. */
  public enum Mode {
    /** They are written anew. */
    Rows,
    /** It shares the source's files. */
    HardLink
  }

  /** What may happen to the source meanwhile. */
  public enum Live {
    /** INSERTs, which are copied too. */
    Rounds,
    /** Nothing. */
    None,
    /** Nothing: another operation holds what writes to it. */
    Pause
  }

  /** What one column of the target gets. */
  public record ColumnSpec(
      @Required @Size(min = 1, max = 200) @JsonPropertyDescription("Column of the target.")
          String name,
      @Required
          @Size(min = 1, max = 2000)
          @JsonPropertyDescription(
              "Expression over the source's columns; the same row must always give the same value.")
          String expression) {}
}
