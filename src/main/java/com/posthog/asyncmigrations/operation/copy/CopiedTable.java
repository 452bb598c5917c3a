package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseProblems;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.KeyColumn;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A table of the MergeTree family, as its server describes it.
 *
 * @param uuid its identity, which a new name does not change
 * @param engine for example ReplacingMergeTree
 * @param definition all that follows ENGINE =
 * @param partitionKey empty: it has one partition
 * @param key the columns of its sorting key
 * @param columns all that it has
 */
record CopiedTable(
    TableName name,
    String uuid,
    String engine,
    String definition,
    String partitionKey,
    String sortingKey,
    List<KeyColumn> key,
    List<Column> columns) {

  private static final String TABLE =
      """
      SELECT toString(uuid), engine, engine_full, partition_key, sorting_key FROM system.tables WHERE database = {database:String} AND name = {table:String}
      """;

  private static final String COLUMNS =
      """
      SELECT name, type, default_kind, default_expression FROM system.columns
      WHERE database = {database:String} AND table = {table:String} ORDER BY position
      """;

  /** What {@code mergeTreeIndex} has besides the key's columns. */
  private static final List<String> OF_INDEX =
      List.of("part_name", "mark_number", "rows_in_granule");

  /** Of an engine. */
  private static final Pattern ARGUMENTS = Pattern.compile("^\\w+\\((?<all>[^)]*)\\)");

  /**
   * A column.
   *
   * @param kind empty, DEFAULT, MATERIALIZED, ALIAS or EPHEMERAL
   */
  record Column(String name, String type, String kind, String expression) {
    boolean stored() {
      return kind.isEmpty() || kind.equals("DEFAULT") || kind.equals("MATERIALIZED");
    }

    boolean insertable() {
      return kind.isEmpty() || kind.equals("DEFAULT");
    }
  }

  /**
   * The table of this name.
   *
   * @throws ProblemException when there is none, or it is of another family of engines
   */
  static CopiedTable read(CopyNode node, TableName name) {
    List<List<String>> found = node.ask(TABLE, name.parameters());
    if (found.isEmpty()) {
      throw new ProblemException(
          new Problem(
              Reason.InvalidPlan,
              "there is no table " + name,
              Optional.of(ClickHouseProblems.UNKNOWN_TABLE)));
    }
    List<String> row = found.get(0);
    if (!row.get(1).endsWith("MergeTree")) {
      throw refused(
          "table %s has the engine %s; only tables of the MergeTree family can be copied"
              .formatted(name, row.get(1)));
    }
    return new CopiedTable(
        name,
        row.get(0),
        row.get(1),
        row.get(2),
        row.get(3),
        row.get(4),
        key(node, name),
        columns(node, name));
  }

  private static List<Column> columns(CopyNode node, TableName name) {
    return node.ask(COLUMNS, name.parameters()).stream()
        .map(c -> new Column(c.get(0), c.get(1), c.get(2), c.get(3)))
        .toList();
  }

  private static List<KeyColumn> key(CopyNode node, TableName name) {
    return node
        .ask("DESCRIBE TABLE mergeTreeIndex({database:String}, {table:String})", name.parameters())
        .stream()
        .filter(c -> !OF_INDEX.contains(c.get(0)))
        .map(c -> new KeyColumn(c.get(0), c.get(1)))
        .toList();
  }

  /** Whether its rows are replaced by later ones when parts are merged. */
  boolean replaces() {
    return engine.endsWith("ReplacingMergeTree");
  }

  /**
   * What to know of a target whose merges take other rows for the same one than this table's do.
   * Each row is copied all the same; which of them stay is then another matter.
   */
  Optional<String> otherRowsThan(CopiedTable target) {
    return target.replaces() && !replacesAs(target)
        ? Optional.of("%s, where %s".formatted(target.keeps(this), keeps(target)))
        : Optional.empty();
  }

  /** Whether merges of both keep the same one of the same rows. */
  boolean replacesAs(CopiedTable other) {
    return replaces()
        && other.replaces()
        && sortingKey.equals(other.sortingKey)
        && partitionKey.equals(other.partitionKey)
        && arguments().equals(other.arguments());
  }

  private String keeps(CopiedTable unlike) {
    if (!replaces()) {
      return "%s keeps every row".formatted(name.name());
    }
    String newest =
        replacedBy().equals(unlike.replacedBy())
            ? ""
            : replacedBy().map(", the one of the greatest %s"::formatted).orElse(", the last one");
    String where =
        partitionKey.equals(unlike.partitionKey) || !unlike.replaces()
            ? ""
            : partitionKey.isEmpty() ? " anywhere" : " in a partition by " + partitionKey;
    return "%s keeps one row of those with an equal (%s)%s%s"
        .formatted(name.name(), sortingKey, where, newest);
  }

  /** The column that decides which of several rows stays; absent: the last one does. */
  Optional<String> replacedBy() {
    return replaces() ? arguments().stream().findFirst() : Optional.empty();
  }

  /** What its engine is told; of a replicated one the path and the replica are left out. */
  private List<String> arguments() {
    Matcher all = ARGUMENTS.matcher(definition);
    return all.find()
        ? Stream.of(all.group("all").split(", ")).filter(a -> !a.startsWith("'")).toList()
        : List.of();
  }

  /** Whether its TTL removes rows. */
  boolean expires() {
    return !timeToLive().deletions().isEmpty();
  }

  /** Whether merges keep every row as it is. */
  boolean keepsRows() {
    return engine.equals("MergeTree") || engine.equals("ReplicatedMergeTree");
  }

  /**
   * Its keys, word by word: parts go only to a table whose keys are written alike. Everything
   * between the engine and its settings.
   */
  String layout() {
    int end = definition.lastIndexOf(" SETTINGS ");
    String keys = end < 0 ? definition : definition.substring(0, end);
    return Stream.of(" PARTITION BY ", " PRIMARY KEY ", " ORDER BY ")
        .mapToInt(keys::indexOf)
        .filter(at -> at >= 0)
        .min()
        .stream()
        .mapToObj(keys::substring)
        .findFirst()
        .orElseThrow();
  }

  /** What it says of rows that its merges remove by their age. */
  TimeToLive timeToLive() {
    return TimeToLive.of(definition);
  }

  /** Whether a column occurs in an expression, as far as words tell. */
  static boolean speaksOf(String expression, String column) {
    return Pattern.compile("(?<!\\w)" + Pattern.quote(column) + "(?!\\w)")
        .matcher(expression)
        .find();
  }

  /** What must not change while it is copied. */
  String shape() {
    return definition + " " + columns;
  }

  static ProblemException refused(String message) {
    return new ProblemException(new Problem(Reason.InvalidPlan, message));
  }
}
