package com.posthog.asyncmigrations.core.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can be said of a statement's text without a server: which parameters it uses, and where. */
public final class SqlText {
  /**
   * Quoted text and comments are passed over; what is left may be a parameter, ClickHouse's {@code
   * {name:Type}}.
   */
  private static final Pattern CLICKHOUSE =
      Pattern.compile("'(?:[^'\\\\]|\\\\.|'')*'|" + anywhere(), Pattern.DOTALL);

  /** Where a backslash is a letter like any other, but for strings that begin with E. */
  private static final Pattern POSTGRES =
      Pattern.compile(
          "\\b[eE]'(?:[^'\\\\]|\\\\.|'')*'|'(?:[^']|'')*'|" + anywhere(), Pattern.DOTALL);

  private static final String BATCH = "{batch}";

  private static final Pattern TRANSACTION_CONTROL =
      Pattern.compile(
          "(?:^|;)\\s*(?:BEGIN|COMMIT|ROLLBACK|END|ABORT|SAVEPOINT|(?:START|PREPARE)\\s+TRANSACTION)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern QUERY_LOG =
      Pattern.compile("\\blog_queries\\w*\\s*=", Pattern.CASE_INSENSITIVE);

  private SqlText() {}

  private static String anywhere() {
    return "\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\\n]*|/\\*.*?\\*/"
        + "|(?<dollar>\\$[A-Za-z_]*\\$).*?\\k<dollar>"
        + "|\\{batch\\}|\\{(?<name>[A-Za-z_][A-Za-z0-9_]*):(?<type>[^{}]+)\\}|(?<mark>\\?)";
  }

  /**
   * The parameters that a statement on ClickHouse uses, in order of appearance, repeats included.
   */
  public static List<String> parameters(String sql) {
    return parameters(CLICKHOUSE, sql);
  }

  /**
   * The parameters that a statement on PostgreSQL uses, in order of appearance, repeats included.
   */
  public static List<String> postgresParameters(String sql) {
    return parameters(POSTGRES, sql);
  }

  /**
   * Whether a statement on ClickHouse says itself what is logged of it, which would win over what
   * we say, and could make it look as if it had never run.
   */
  public static boolean silencesQueryLog(String sql) {
    return QUERY_LOG.matcher(CLICKHOUSE.matcher(sql).replaceAll(" ")).find();
  }

  /** A text for ClickHouse with blanks in place of what is quoted, a comment or a parameter. */
  static String blanked(String sql) {
    return CLICKHOUSE.matcher(sql).replaceAll(token -> " ".repeat(token.group().length()));
  }

  private static List<String> parameters(Pattern dialect, String sql) {
    List<String> names = new ArrayList<>();
    Matcher token = dialect.matcher(sql);
    while (token.find()) {
      if (token.group("name") != null) {
        names.add(token.group("name"));
      }
    }
    return names;
  }

  /**
   * Whether a statement begins or ends a transaction itself, at its start or after a semicolon,
   * which would part it from its ledger row.
   */
  public static boolean controlsTransaction(String sql) {
    return TRANSACTION_CONTROL.matcher(POSTGRES.matcher(sql).replaceAll(" ")).find();
  }

  /** Whether a statement on PostgreSQL says where the range of a batch belongs. */
  public static boolean takesBatch(String sql) {
    return POSTGRES.matcher(sql).results().anyMatch(token -> BATCH.equals(token.group()));
  }

  /** The statement with this condition wherever the range of a batch belongs. */
  public static String forBatch(String sql, String condition) {
    return POSTGRES
        .matcher(sql)
        .replaceAll(
            token ->
                Matcher.quoteReplacement(BATCH.equals(token.group()) ? condition : token.group()));
  }

  /**
   * The statement as JDBC for PostgreSQL binds it: each parameter a cast placeholder, operators
   * with ? escaped.
   */
  public static String positional(String sql) {
    Matcher token = POSTGRES.matcher(sql);
    StringBuilder text = new StringBuilder();
    while (token.find()) {
      String replacement = token.group();
      if (token.group("name") != null) {
        replacement = "CAST(? AS " + token.group("type").strip() + ")";
      } else if (token.group("mark") != null) {
        replacement = "??";
      }
      token.appendReplacement(text, Matcher.quoteReplacement(replacement));
    }
    return token.appendTail(text).toString();
  }
}
