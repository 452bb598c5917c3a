package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.copy.Chunk;

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

  /** Counts and hashes them where they come from. */
  String sourceSums(Chunk chunk) {
    return "SELECT %s FROM %s".formatted(columns.sourceSums(), from(chunk));
  }

  /** Counts and hashes them where they are copied to. */
  String targetSums(TableName scratch) {
    return "SELECT %s FROM %s".formatted(columns.targetSums(), scratch.sql());
  }

  /** Hashes those of them that stay when they are merged, where they come from. */
  String sourceSurvivors(Survivors survivors, Chunk chunk, TableName scratch) {
    return survivors.sum(columns.sourceHash(), from(chunk), scratch);
  }

  /** The same where they are copied to. */
  String targetSurvivors(Survivors survivors, TableName scratch) {
    return survivors.sum(columns.targetHash(), scratch.sql() + " WHERE true", scratch);
  }

  private String from(Chunk chunk) {
    return source.table().name().sql() + source.where(chunk);
  }
}
