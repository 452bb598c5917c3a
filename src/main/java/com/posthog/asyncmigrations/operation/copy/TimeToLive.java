package com.posthog.asyncmigrations.operation.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a table's definition says of rows that its merges remove or change by their age.
 *
 * @param deletions which rows are removed, and when; what moves or packs rows is left out
 * @param groups whether rows are made fewer by GROUP BY
 */
record TimeToLive(List<Deletion> deletions, boolean groups) {
  private static final String BEGIN = " TTL ";
  private static final String END = " SETTINGS ";
  private static final String WHERE = " WHERE ";
  private static final Pattern QUOTED =
      Pattern.compile("'(?:[^'\\\\]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`", Pattern.DOTALL);
  private static final List<String> NO_DELETION =
      List.of(" TO DISK ", " TO VOLUME ", " RECOMPRESS ");

  /**
   * Rows that are removed.
   *
   * @param time from when on, as an expression
   * @param where which of them; absent: all
   */
  record Deletion(String time, Optional<String> where) {
    /**
     * The rows that are there for longer than that.
     *
     * @param instant seconds since 1970; ClickHouse takes 0 for never
     */
    String lastsBeyond(long instant) {
      String lasts =
          "ifNull(nullIf(toInt64(toDateTime64(%s, 0)), 0) > %d, true)".formatted(time, instant);
      return where.map(w -> "(%s OR NOT ifNull(%s, 0))".formatted(lasts, w)).orElse(lasts);
    }

    boolean speaksOf(String column) {
      return CopiedTable.speaksOf(time + " " + where.orElse(""), column);
    }
  }

  /**
   * As it is written.
   *
   * @param definition of a table, all that follows ENGINE =, as the server writes it
   */
  static TimeToLive of(String definition) {
    String outline = outline(definition);
    int begin = outline.indexOf(BEGIN);
    if (begin < 0) {
      return new TimeToLive(List.of(), false);
    }
    int settings = outline.indexOf(END, begin);
    int end = settings < 0 ? definition.length() : settings;
    String text = definition.substring(begin + BEGIN.length(), end);
    if (outline(text).contains(" GROUP BY ")) {
      return new TimeToLive(List.of(), true);
    }
    List<Deletion> deletions = new ArrayList<>();
    for (String element : elements(text)) {
      deletion(element).ifPresent(deletions::add);
    }
    return new TimeToLive(List.copyOf(deletions), false);
  }

  /**
   * Whether a column has one of its own.
   *
   * @param creation the statement that creates the table, as the server writes it
   */
  static boolean ofColumns(String creation) {
    int begin = creation.indexOf('(');
    int end = outline(creation).indexOf(')', begin);
    return begin >= 0 && end > begin && outline(creation.substring(begin + 1, end)).contains(BEGIN);
  }

  private static Optional<Deletion> deletion(String element) {
    String outline = outline(element);
    if (NO_DELETION.stream().anyMatch(outline::contains)) {
      return Optional.empty();
    }
    int where = outline.indexOf(WHERE);
    return Optional.of(
        where < 0
            ? new Deletion(element, Optional.empty())
            : new Deletion(
                element.substring(0, where),
                Optional.of(element.substring(where + WHERE.length()))));
  }

  private static List<String> elements(String text) {
    String outline = outline(text);
    List<String> elements = new ArrayList<>();
    int from = 0;
    for (int comma = outline.indexOf(", "); comma >= 0; comma = outline.indexOf(", ", from)) {
      elements.add(text.substring(from, comma));
      from = comma + ", ".length();
    }
    elements.add(text.substring(from));
    return elements;
  }

  /** The same text, as long as it is, without what stands in quotes or between parentheses. */
  private static String outline(String text) {
    String unquoted = QUOTED.matcher(text).replaceAll(q -> "\0".repeat(q.group().length()));
    StringBuilder outline = new StringBuilder();
    int depth = 0;
    for (int i = 0; i < unquoted.length(); i++) {
      char c = unquoted.charAt(i);
      depth -= c == ')' ? 1 : 0;
      outline.append(depth == 0 ? c : '\0');
      depth += c == '(' ? 1 : 0;
    }
    return outline.toString();
  }
}
