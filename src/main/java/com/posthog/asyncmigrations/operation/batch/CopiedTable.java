package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.plan.SqlText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.postgres.Keyset;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A table on PostgreSQL that is copied: its rows as JSON objects, one a line, as PostgreSQL itself
 * writes them.
 *
 * @param columns of the other table, each with the expression that it gets
 */
record CopiedTable(
    BatchConnection connection,
    Keyset keyset,
    Step.CopyFromPostgres step,
    Map<String, String> columns) {
  /** What a batch may have of text, since it is held in memory. */
  static final long MOST_CHARACTERS = 32L << 20;

  private static final int FETCHED = 500;

  /** Keeps a copy, in the order of the names. */
  CopiedTable {
    columns = new TreeMap<>(columns);
  }

  /**
   * The rows of a batch.
   *
   * @param to the greatest key that it covers
   * @param cut whether it ends early, because its rows are large
   */
  record Rows(String json, long count, List<String> to, boolean cut) {}

  /** The table of a step; a key of text must be ordered by its bytes, as on ClickHouse. */
  static CopiedTable of(BatchConnection connection, Keyset keyset, Step.CopyFromPostgres step)
      throws SQLException {
    for (Keyset.Column column : keyset.columns()) {
      if (keyset.ordersByLanguage(connection.sql(), column)) {
        throw Destination.refuse(
            "key column %s of table %s is ordered by a collation other than C, which ClickHouse does not know",
            column.name(), step.table());
      }
    }
    Map<String, String> columns = new TreeMap<>(step.columns());
    if (columns.isEmpty()) {
      keyset.allColumns(connection.sql()).forEach(name -> columns.put(name, name));
    }
    return new CopiedTable(connection, keyset, step, columns);
  }

  /** The rows of a range, up to so many characters. */
  Rows read(List<String> after, List<String> to, long mostCharacters) throws SQLException {
    String sql = keyset.query(json(), step.where(), after.isEmpty());
    Map<String, String> values = new TreeMap<>(step.parameters());
    values.putAll(Keyset.range(after, to));
    StringBuilder json = new StringBuilder();
    long count = 0;
    try (PreparedStatement statement = connection.sql().prepareStatement(SqlText.positional(sql))) {
      List<String> names = SqlText.postgresParameters(sql);
      for (int i = 0; i < names.size(); i++) {
        statement.setString(i + 1, values.get(names.get(i)));
      }
      statement.setFetchSize(FETCHED);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          json.append(row.getString(keyset.columns().size() + 1)).append('\n');
          count++;
          if (json.length() > mostCharacters) {
            return new Rows(json.toString(), count, key(row), true);
          }
        }
      }
    }
    return new Rows(json.toString(), count, to, false);
  }

  private List<String> key(ResultSet row) throws SQLException {
    List<String> key = new ArrayList<>();
    for (int i = 1; i <= keyset.columns().size(); i++) {
      key.add(row.getString(i));
    }
    return List.copyOf(key);
  }

  /** A column that is named is quoted; anything else is an expression. */
  private String json() {
    return "(SELECT row_to_json(copied) FROM (SELECT %s) copied)"
        .formatted(
            columns.entrySet().stream()
                .map(
                    c ->
                        "(%s\n) AS %s"
                            .formatted(expression(c.getValue()), Keyset.quoted(c.getKey())))
                .collect(Collectors.joining(", ")));
  }

  private String expression(String from) {
    return from.matches("[A-Za-z_][A-Za-z0-9_]*") ? Keyset.quoted(from) : from;
  }
}
