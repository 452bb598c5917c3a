package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.SqlText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table in the order of a unique key. Its keys are text on their way, and of their own types
 * wherever they are compared.
 *
 * @param table quoted, with its schema where that was said
 * @param columns of the key, in the order of a unique index
 */
public record Keyset(String table, List<Column> columns) {
  /** What the parameters of a range are called: nobody else's may begin so. */
  public static final String PARAMETER = "batch_";

  private static final Pattern PLAN_ROWS = Pattern.compile("\"Plan Rows\": (\\d+)");

  /** Keeps a copy. */
  public Keyset {
    columns = List.copyOf(columns);
  }

  /** A column of a key, as it is called, and its type as PostgreSQL writes it. */
  public record Column(String name, String type) {}

  /**
   * The keys of a table.
   *
   * @param table as {@code table} or {@code schema.table}
   * @throws ProblemException when there is no such table, a column may be NULL, or no unique index
   *     has exactly these columns in this order
   */
  public static Keyset of(Connection connection, String table, List<String> key)
      throws SQLException {
    String quoted = quotedName(table);
    List<Column> columns = new ArrayList<>();
    for (String name : key) {
      columns.add(column(connection, table, quoted, name));
    }
    List<String> unique = uniqueIndexes(connection, quoted);
    if (!unique.contains(String.join(", ", key))) {
      throw refuse(
          "no unique index of table %s has exactly the key's columns, which are (%s) in this order; it has %s",
          table,
          String.join(", ", key),
          unique.isEmpty() ? "none" : unique.stream().map(u -> "(" + u + ")").toList());
    }
    return new Keyset(quoted, columns);
  }

  /** A table's name, {@code table} or {@code schema.table}, each part quoted. */
  public static String quotedName(String table) {
    return Arrays.stream(table.split("\\.")).map(Keyset::quoted).collect(Collectors.joining("."));
  }

  private static Column column(Connection connection, String table, String quoted, String name)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT format_type(a.atttypid, a.atttypmod), a.attnotnull"
                + " FROM (SELECT to_regclass(?) AS oid) t LEFT JOIN pg_attribute a ON a.attrelid = t.oid"
                + " AND a.attname = ? AND a.attnum > 0 AND NOT a.attisdropped WHERE t.oid IS NOT NULL")) {
      statement.setString(1, quoted);
      statement.setString(2, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw refuse("there is no table %s", table);
        }
        String type = row.getString(1);
        if (type == null) {
          throw refuse("table %s has no column %s", table, name);
        }
        if (!row.getBoolean(2)) {
          throw refuse(
              "column %s of table %s may be NULL: a row without a key belongs to no batch, so a key's columns must be NOT NULL",
              name, table);
        }
        return new Column(name, type);
      }
    }
  }

  /** The columns of each, over all rows. */
  private static List<String> uniqueIndexes(Connection connection, String quoted)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
                    FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
                    WHERE k.place <= i.indnkeyatts)
            FROM pg_index i
            WHERE i.indrelid = to_regclass(?) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
              AND i.indexprs IS NULL
            """)) {
      statement.setString(1, quoted);
      List<String> indexes = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          indexes.add(row.getString(1));
        }
      }
      return indexes;
    }
  }

  /** The greatest key; empty where there is no row. */
  public List<String> greatest(Connection connection) throws SQLException {
    return key(
            connection,
            "SELECT %s FROM %s ORDER BY %s LIMIT 1".formatted(asText(), table, ordered(" DESC")),
            List.of())
        .orElse(List.of());
  }

  /**
   * The key of the row that is so many rows after a key, if there are as many up to the bound.
   *
   * @param after empty for the first rows of all
   */
  public Optional<List<String>> ahead(
      Connection connection, List<String> after, List<String> bound, int rows) throws SQLException {
    List<String> values = new ArrayList<>(after);
    values.addAll(bound);
    String query =
        "SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT 1 OFFSET %d"
            .formatted(asText(), table, condition(after.isEmpty()), ordered(""), rows - 1);
    return key(connection, SqlText.positional(query), values);
  }

  /**
   * The condition that a row's key is in a range, with parameters for the values of its ends.
   *
   * @param first whether the range has no lower end
   */
  public String condition(boolean first) {
    String upTo = "%s <= %s".formatted(names(), parameters("to"));
    return first
        ? "(" + upTo + ")"
        : "(%s > %s AND %s)".formatted(names(), parameters("after"), upTo);
  }

  /**
   * A query for the rows of a range in their order: the columns of the key as text, and a value.
   *
   * @param where which of them; empty for all
   * @param first whether the range has no lower end
   */
  public String query(String value, Optional<String> where, boolean first) {
    return "SELECT %s, %s FROM %s WHERE %s%s ORDER BY %s"
        .formatted(
            asText(),
            value,
            table,
            condition(first),
            where.map(w -> " AND (" + w + "\n)").orElse(""),
            ordered(""));
  }

  /** The values of the condition's parameters. */
  public static Map<String, String> range(List<String> after, List<String> to) {
    Map<String, String> values = new TreeMap<>();
    IntStream.range(0, after.size()).forEach(i -> values.put(parameter("after", i), after.get(i)));
    IntStream.range(0, to.size()).forEach(i -> values.put(parameter("to", i), to.get(i)));
    return values;
  }

  /** Whether a column of the key is text in another order than that of its bytes. */
  public boolean ordersByLanguage(Connection connection, Column column) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT CASE WHEN c.collname = 'default' THEN d.datcollate ELSE c.collname END NOT IN ('C', 'POSIX')
            FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
            JOIN pg_database d ON d.datname = current_database()
            WHERE a.attrelid = to_regclass(?) AND a.attname = ?
            """)) {
      statement.setString(1, table);
      statement.setString(2, column.name());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /** All columns of the table. */
  public List<String> allColumns(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0"
                + " AND NOT attisdropped ORDER BY attnum")) {
      statement.setString(1, table);
      List<String> names = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          names.add(row.getString(1));
        }
      }
      return names;
    }
  }

  /** How many rows the planner believes that there are: no table is read for it. At least 1. */
  public long expected(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("EXPLAIN (FORMAT JSON) SELECT 1 FROM " + table);
        ResultSet row = statement.executeQuery()) {
      Matcher rows = PLAN_ROWS.matcher(row.next() ? row.getString(1) : "");
      return rows.find() ? Math.max(1, Long.parseLong(rows.group(1))) : 1;
    }
  }

  private Optional<List<String>> key(Connection connection, String query, List<String> values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      for (int i = 0; i < values.size(); i++) {
        statement.setString(i + 1, values.get(i));
      }
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        List<String> key = new ArrayList<>();
        for (int column = 1; column <= columns.size(); column++) {
          key.add(row.getString(column));
        }
        return Optional.of(Collections.unmodifiableList(key));
      }
    }
  }

  private String asText() {
    return columns.stream()
        .map(c -> "CAST(%s AS text)".formatted(name(c)))
        .collect(Collectors.joining(", "));
  }

  private String ordered(String direction) {
    return columns.stream().map(c -> name(c) + direction).collect(Collectors.joining(", "));
  }

  private String names() {
    return columns.stream().map(this::name).collect(Collectors.joining(", ", "(", ")"));
  }

  /**
   * With the table's own name before it: a statement may speak of other tables too, and an order by
   * the bare name would be that of the text which is selected.
   */
  private String name(Column column) {
    return table.substring(table.lastIndexOf('.') + 1) + "." + quoted(column.name());
  }

  private String parameters(String end) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> "{%s:%s}".formatted(parameter(end, i), columns.get(i).type()))
        .collect(Collectors.joining(", ", "(", ")"));
  }

  /**
   * What the parameter is called for a column of an end of a range: {@code after} or {@code to}.
   */
  public static String parameter(String end, int column) {
    return PARAMETER + end + "_" + (column + 1);
  }

  /** An identifier, quoted for a statement. */
  public static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  private static ProblemException refuse(String message, Object... with) {
    return new ProblemException(new Problem(Reason.InvalidPlan, message.formatted(with)));
  }
}
