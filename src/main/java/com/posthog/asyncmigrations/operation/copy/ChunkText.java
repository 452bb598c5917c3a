package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.copy.Chunk;
import java.util.Optional;

/** The statements that copy one chunk of a source, and that compare what was copied with it. */
record ChunkText(Source source, ColumnMap columns) {

  /** Copies its rows, in any order. */
  String insert(Chunk chunk, TableName scratch) {
    return "INSERT INTO %s (%s) SELECT %s FROM %s"
        .formatted(scratch.sql(), columns.names(), columns.selected(), from(chunk));
  }

  /** Copies its rows in the order in which they arrived. */
  String insertInOrder(Chunk chunk, TableName scratch) {
    return insert(chunk, scratch) + Survivors.IN_ORDER_OF_ARRIVAL;
  }

  /** How the two sides of a chunk are compared: by those of its rows that meet a condition. */
  Comparison comparison(Chunk chunk, TableName scratch, Optional<String> lasting) {
    String there = from(chunk) + lasting.map(l -> " AND " + l).orElse("");
    return new Comparison(columns, there, scratch, lasting);
  }

  /**
   * The statements that compare.
   *
   * @param there the rows where they come from
   * @param scratch where they are copied to
   * @param lasting which of them are compared; absent: all
   */
  record Comparison(ColumnMap columns, String there, TableName scratch, Optional<String> lasting) {
    /** Counts and hashes them where they come from. */
    String sourceSums() {
      return "SELECT %s FROM %s".formatted(columns.sourceSums(), there);
    }

    /** Counts and hashes them where they are copied to. */
    String targetSums() {
      return "SELECT %s FROM %s%s"
          .formatted(
              columns.targetSums(), scratch.sql(), lasting.map(l -> " WHERE " + l).orElse(""));
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

  private String from(Chunk chunk) {
    return source.table().name().sql() + source.where(chunk);
  }
}
