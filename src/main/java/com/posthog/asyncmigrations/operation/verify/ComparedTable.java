package com.posthog.asyncmigrations.operation.verify;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A table's name in two parts. */
public record ComparedTable(String database, String name) {
  private static final String PART = "([A-Za-z0-9_]+|`[^`\\\\]+`|\"[^\"\\\\]+\")";
  private static final Pattern NAME = Pattern.compile("(?:" + PART + "\\.)?" + PART);

  /** As a plan has it: {@code table} or {@code database.table}, each part quoted or not. */
  public static ComparedTable of(String text, String defaultDatabase) {
    Matcher name = NAME.matcher(text.strip());
    if (!name.matches()) {
      throw new ProblemException(
          new Problem(Reason.VerificationFailed, "'" + text + "' is not the name of a table"));
    }
    String database = name.group(1);
    return new ComparedTable(
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
  static String quoted(String identifier) {
    return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`";
  }

  /** For people. */
  @Override
  public String toString() {
    return database + "." + name;
  }
}
