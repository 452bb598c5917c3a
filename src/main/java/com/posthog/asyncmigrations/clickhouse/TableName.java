package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The name of a ClickHouse table, in two parts. */
public record TableName(String database, String name) {
  private static final String PART = "([A-Za-z0-9_]+|`[^`\\\\]+`|\"[^\"\\\\]+\")";
  private static final Pattern NAME = Pattern.compile("(?:" + PART + "\\.)?" + PART);

  /**
   * As a plan has it: {@code table} or {@code database.table}, each part quoted or not.
   *
   * @throws ProblemException when it is no such name
   */
  public static TableName of(String text, String defaultDatabase) {
    Matcher name = NAME.matcher(text.strip());
    if (!name.matches()) {
      throw new ProblemException(
          new Problem(Reason.InvalidPlan, "'" + text + "' is not the name of a table"));
    }
    String database = name.group(1);
    return new TableName(
        database == null ? defaultDatabase : unquoted(database), unquoted(name.group(2)));
  }

  private static String unquoted(String part) {
    char first = part.charAt(0);
    return first == '`' || first == '"' ? part.substring(1, part.length() - 1) : part;
  }

  /** Quoted for a statement. */
  public String sql() {
    return quoted(database) + "." + quoted(name);
  }

  /** An identifier, quoted for a statement. */
  public static String quoted(String identifier) {
    return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`";
  }

  /** Another table of the same database. */
  public TableName sibling(String other) {
    return new TableName(database, other);
  }

  /** Its names as parameters of a question: {@code database} and {@code table}. */
  public Map<String, String> parameters() {
    return Map.of("database", database, "table", name);
  }

  /** For people. */
  @Override
  public String toString() {
    return database + "." + name;
  }
}
