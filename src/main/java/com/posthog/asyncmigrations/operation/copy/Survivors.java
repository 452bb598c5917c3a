package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.util.Optional;

/**
 * Which rows stay when a table that replaces rows is merged: of those with an equal key the one of
 * the greatest version, and of several of these the one that arrived last. (ClickHouse,
 * ReplacingMergeTree)
 *
 * @param key expressions, by commas
 * @param rank what the row that stays has most of
 */
record Survivors(String key, String rank) {
  private static final String ARRIVAL = "_block_number, _part_offset";

  /** In which order rows must be inserted, so that the same ones stay. */
  static final String IN_ORDER_OF_ARRIVAL = " ORDER BY " + ARRIVAL;

  /**
   * Those of both tables, if a copy has to keep the same ones. Otherwise another key, or another
   * value in its columns, makes them other rows.
   */
  static Optional<Survivors> of(TableCopy copy, CopiedTable source, CopiedTable target) {
    String version = source.replacedBy().map(v -> v + ", ").orElse("");
    String decides = source.sortingKey() + " " + source.partitionKey() + " " + version;
    boolean keepsThem =
        target.replacesAs(source)
            && copy.columns().keySet().stream()
                .noneMatch(column -> CopiedTable.speaksOf(decides, column));
    return keepsThem
        ? Optional.of(
            new Survivors(
                source.sortingKey().isEmpty() ? "1" : source.sortingKey(), version + ARRIVAL))
        : Optional.empty();
  }

  /** Whether a table has several rows with an equal key; seldom said of one that has not. */
  String repeats(TableName table) {
    return "SELECT count() > uniqExact(%s) FROM %s".formatted(hashedKey(), table.sql());
  }

  /**
   * A sum of the hashes of the rows that stay, of those that have others with an equal key.
   *
   * @param rows a table and a condition, to which another one may be added
   * @param copied the table in which equal keys are looked for
   */
  String sum(String hash, String rows, TableName copied) {
    return """
        SELECT sum(__am_last) FROM (SELECT argMax(%1$s, (%2$s)) AS __am_last FROM %3$s
          AND %4$s IN (SELECT __am_key FROM (
            SELECT %4$s AS __am_key FROM %5$s GROUP BY __am_key HAVING count() > 1))
          GROUP BY %6$s, _partition_id)
        """
        .formatted(hash, rank, rows, hashedKey(), copied.sql(), key);
  }

  /** Rows of different partitions are never merged. */
  private String hashedKey() {
    return "cityHash64(%s, _partition_id)".formatted(key);
  }
}
