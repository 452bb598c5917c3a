package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Tables of the target's shape that hold a chunk until it is published. No name is used twice, so
 * that what a predecessor still sends meets no table.
 */
final class Scratches {
  /** A copy's own: what the parts hold is on the disk. */
  private static final String OWN = "fsync_after_insert = 1, enable_block_number_column = 0";

  /** Parts stay as they are. */
  private static final String UNMERGED =
      "max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1, ";

  private static final Set<String> NOT_TAKEN_OVER =
      Set.of(
          "max_bytes_to_merge_at_max_space_in_pool",
          "max_bytes_to_merge_at_min_space_in_pool",
          "fsync_after_insert",
          "enable_block_number_column",
          "non_replicated_deduplication_window");

  /** Else a table of more than 50 GB is not dropped. */
  static final Map<String, String> OF_ANY_SIZE =
      Map.of("max_table_size_to_drop", "0", "max_partition_size_to_drop", "0");

  private static final String NAMES =
      """
      SELECT name FROM system.tables
      WHERE database = {database:String} AND startsWith(name, {prefix:String})
      """;

  private final CopyNode node;
  private final CopiedTable target;
  private final String prefix;
  private final String mark;
  private final AtomicInteger numbers = new AtomicInteger();

  /**
   * Of one copy.
   *
   * @param prefix what all names of the copy begin with, whoever does it
   * @param mark what no one else who does it has
   */
  Scratches(CopyNode node, CopiedTable target, String prefix, String mark) {
    this.node = node;
    this.target = target;
    this.prefix = prefix;
    this.mark = mark;
  }

  TableName named(String scratch) {
    return target.name().sibling(scratch);
  }

  /** A new one, whose parts stay as they are. */
  String create() throws AnswerLost, CopyControl.Stopped {
    return create(UNMERGED);
  }

  /** A new one, whose parts are merged as those of any table. */
  String createMerging() throws AnswerLost, CopyControl.Stopped {
    return create("");
  }

  private String create(String merges) throws AnswerLost, CopyControl.Stopped {
    String scratch = prefix + numbers.incrementAndGet() + "_" + mark;
    node.run(creation(scratch, merges), Map.of());
    return scratch;
  }

  /** The statement that makes one, whose parts stay as they are. */
  String creation(String scratch) {
    return creation(scratch, UNMERGED);
  }

  private String creation(String scratch, String merges) {
    return "CREATE TABLE %s AS %s ENGINE = MergeTree%s SETTINGS %s"
        .formatted(named(scratch).sql(), target.name().sql(), target.layout(), merges + settings());
  }

  private String settings() {
    int at = target.definition().lastIndexOf(" SETTINGS ");
    String theirs = at < 0 ? "" : target.definition().substring(at + " SETTINGS ".length());
    return Arrays.stream(theirs.split(", "))
        .filter(s -> !s.isBlank() && !NOT_TAKEN_OVER.contains(s.substring(0, s.indexOf(' '))))
        .map(s -> s + ", ")
        .collect(Collectors.joining("", "", OWN));
  }

  void drop(String scratch) throws AnswerLost, CopyControl.Stopped {
    node.run("DROP TABLE IF EXISTS " + named(scratch).sql() + " SYNC", OF_ANY_SIZE);
  }

  /** Drops those of the copy that are not worth keeping. */
  void dropAllBut(Set<String> keep) throws AnswerLost, CopyControl.Stopped {
    for (String name : names()) {
      if (!keep.contains(name)) {
        drop(name);
      }
    }
  }

  /** All that there are of the copy. */
  List<String> names() {
    return node.ask(NAMES, Map.of("database", target.name().database(), "prefix", prefix)).stream()
        .map(row -> row.get(0))
        .toList();
  }
}
