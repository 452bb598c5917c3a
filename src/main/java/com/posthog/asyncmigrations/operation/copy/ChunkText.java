package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.copy.Batch;
import java.util.Optional;

/** The statements that copy chunks of a source, and that compare what was copied with it. */
record ChunkText(Source source, ColumnMap columns) {

  /** Copies their rows, in any order. */
  String insert(Batch batch, TableName scratch) {
    return "INSERT INTO %s (%s) SELECT %s FROM %s"
        .formatted(scratch.sql(), columns.names(), columns.selected(), from(batch));
  }

  /** Copies their rows in the order in which they arrived. */
  String insertInOrder(Batch batch, TableName scratch) {
    return insert(batch, scratch) + Survivors.IN_ORDER_OF_ARRIVAL;
  }

  /** How the two sides of chunks are compared: by those of their rows that meet a condition. */
  Comparison comparison(Batch batch, TableName scratch, Optional<String> lasting) {
    String there = from(batch) + lasting.map(l -> " AND " + l).orElse("");
    return new Comparison(columns, there, scratch, lasting, batch.alone());
  }

  /**
   * The statements that compare.
   *
   * @param there the rows where they come from
   * @param scratch where they are copied to
   * @param lasting which of them are compared; absent: all
   * @param asOne whether they are of one chunk; otherwise of several partitions, which have the
   *     same ids on both sides and are compared one by one
   */
  record Comparison(
      ColumnMap columns, String there, TableName scratch, Optional<String> lasting, boolean asOne) {
    private static final String PARTITION = "_partition_id";

    /** Counts and hashes them where they come from. */
    String sourceSums() {
      return sums(columns.sourceSums(), there);
    }

    /** Counts and hashes them where they are copied to. */
    String targetSums() {
      return sums(columns.targetSums(), scratch.sql() + lasting.map(l -> " WHERE " + l).orElse(""));
    }

    private String sums(String sums, String rows) {
      return asOne
          ? "SELECT %s FROM %s".formatted(sums, rows)
          : "SELECT %s, %s FROM %s GROUP BY %2$s".formatted(sums, PARTITION, rows);
    }

    /** Hashes those of them that stay when they are merged, where they come from. */
    String sourceSurvivors(Survivors survivors) {
      return survivors.sum(columns.sourceHash(), there, scratch);
    }

    /** The same where they are copied to. */
    String targetSurvivors(Survivors survivors) {
      return survivors.sum(
          columns.targetHash(), scratch.sql() + " WHERE " + lasting.orElse("true"), scratch);
    }
  }

  private String from(Batch batch) {
    return source.table().name().sql() + source.where(batch);
  }
}
