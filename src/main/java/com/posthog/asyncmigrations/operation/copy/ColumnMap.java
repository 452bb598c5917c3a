package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.operation.verify.ComparedColumn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What each column of the target gets from the source.
 *
 * @param columns those that are inserted
 */
record ColumnMap(List<ComparedColumn> columns) {
  /** The same row would give another value the next time. */
  private static final Pattern CHANGES =
      Pattern.compile(
          "(?i)\\b(now|now64|today|yesterday|rand\\w*|generate\\w+|dictGet\\w*|joinGet\\w*|rowNumber\\w*|"
              + "blockNumber|hostName|uptime|currentUser|getMacro)\\s*\\(");

  /**
   * Columns of the same name, unless the step says otherwise.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException when a column of either side is left
   *     over, or an expression gives another value each time
   */
  static ColumnMap of(CopyNode node, TableCopy copy, CopiedTable source, CopiedTable target) {
    Set<String> there =
        source.columns().stream()
            .filter(CopiedTable.Column::stored)
            .map(CopiedTable.Column::name)
            .collect(Collectors.toSet());
    requireColumns(copy, source, target);
    Set<String> leftOver = new HashSet<>(there);
    leftOver.removeAll(copy.leaveOut());
    List<String> names = new ArrayList<>();
    List<String> expressions = new ArrayList<>();
    for (CopiedTable.Column column : target.columns()) {
      leftOver.remove(column.name());
      String expression = copy.columns().get(column.name());
      if (expression == null && there.contains(column.name())) {
        expression = TableName.quoted(column.name());
      }
      if (expression != null && column.insertable()) {
        names.add(column.name());
        expressions.add(expression);
      }
    }
    if (!leftOver.isEmpty()) {
      throw CopiedTable.refused(
          "%s has columns that %s has not: %s; add them, or name them in leaveOut"
              .formatted(source.name(), target.name(), leftOver.stream().sorted().toList()));
    }
    return new ColumnMap(compared(node, source, target, names, expressions));
  }

  private static void requireColumns(TableCopy copy, CopiedTable source, CopiedTable target) {
    Set<String> here =
        target.columns().stream()
            .filter(CopiedTable.Column::insertable)
            .map(CopiedTable.Column::name)
            .collect(Collectors.toSet());
    for (Map.Entry<String, String> column : copy.columns().entrySet()) {
      if (!here.contains(column.getKey())) {
        throw CopiedTable.refused(
            "columns: %s has no column %s that can be inserted"
                .formatted(target.name(), column.getKey()));
      }
      if (CHANGES.matcher(column.getValue()).find()) {
        throw CopiedTable.refused(
            "columns: %s: '%s' gives another value each time, so that a copy cannot be verified"
                .formatted(column.getKey(), column.getValue()));
      }
    }
    for (String name : copy.leaveOut()) {
      if (source.columns().stream().noneMatch(c -> c.name().equals(name))) {
        throw CopiedTable.refused("leaveOut: %s has no column %s".formatted(source.name(), name));
      }
    }
  }

  private static List<ComparedColumn> compared(
      CopyNode node,
      CopiedTable source,
      CopiedTable target,
      List<String> names,
      List<String> expressions) {
    StringBuilder select = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      select.append(i == 0 ? "" : ", ").append("(%s) AS c%d".formatted(expressions.get(i), i));
    }
    List<List<String>> types =
        node.ask(
            "DESCRIBE TABLE (SELECT %s FROM %s)".formatted(select, source.name().sql()), Map.of());
    List<ComparedColumn> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      String type =
          target.columns().stream()
              .filter(c -> c.name().equals(name))
              .findFirst()
              .orElseThrow()
              .type();
      columns.add(
          new ComparedColumn(name, "(" + expressions.get(i) + ")", types.get(i).get(1), type));
    }
    return columns;
  }

  /** Whether each row goes to a partition of the same id. */
  boolean keepsPartitions(CopiedTable source, CopiedTable target) {
    return source.partitionKey().equals(target.partitionKey()) && keepsAll();
  }

  /** Whether every column gets the source's, as it is. */
  private boolean keepsAll() {
    return columns.stream()
        .allMatch(
            c ->
                c.expression().equals("(" + TableName.quoted(c.name()) + ")")
                    && c.sourceType().equals(c.targetType()));
  }

  /** The columns to insert into. */
  String names() {
    return columns.stream().map(c -> TableName.quoted(c.name())).collect(Collectors.joining(", "));
  }

  /** What is selected for them from the source, in the target's types. */
  String selected() {
    return columns.stream().map(ComparedColumn::copied).collect(Collectors.joining(", "));
  }

  /** The same, under the names of the columns. */
  String aliased() {
    return columns.stream()
        .map(c -> c.copied() + " AS " + TableName.quoted(c.name()))
        .collect(Collectors.joining(", "));
  }

  /** How many rows, and a sum of their hashes that no order changes: of the source. */
  String sourceSums() {
    return "count(), sum(%s)".formatted(sourceHash());
  }

  /** The same of the target, or of what has its columns. */
  String targetSums() {
    return "count(), sum(%s)".formatted(targetHash());
  }

  /** The hash of a row of the source. */
  String sourceHash() {
    return hash(columns.stream().map(ComparedColumn::source).toList());
  }

  /** The hash of a row of the target, which is the same for the same row. */
  String targetHash() {
    return hash(columns.stream().map(ComparedColumn::target).toList());
  }

  private static String hash(List<String> values) {
    return "cityHash64(tuple(%s))".formatted(String.join(", ", values));
  }
}
