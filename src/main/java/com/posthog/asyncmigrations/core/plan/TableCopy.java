package com.posthog.asyncmigrations.core.plan;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which table is copied into which one, and how.
 *
 * @param source the table, which may be in use
 * @param target an empty table, of whatever sorting key, partition key and columns
 * @param columns expressions for columns of the target; others get the source's of the same name
 * @param leaveOut columns of the source that the target is meant to lack
 * @param live whether rows may be inserted into the source meanwhile: then they are copied too
 * @param chunkRows about how many rows are copied at once
 * @param settings of ClickHouse, for the statements that read and copy
 * @param hardLinks whether the target shares the source's files instead of getting a copy; absent
 *     in what an older operator wrote
 */
public record TableCopy(
    String source,
    String target,
    Map<String, String> columns,
    List<String> leaveOut,
    boolean live,
    long chunkRows,
    Map<String, String> settings,
    boolean hardLinks) {
  /** Keeps copies. */
  public TableCopy {
    columns = new TreeMap<>(columns);
    leaveOut = List.copyOf(leaveOut);
    settings = new TreeMap<>(settings);
  }

  /** One that copies rows. */
  public TableCopy(
      String source,
      String target,
      Map<String, String> columns,
      List<String> leaveOut,
      boolean live,
      long chunkRows,
      Map<String, String> settings) {
    this(source, target, columns, leaveOut, live, chunkRows, settings, false);
  }
}
