package com.posthog.asyncmigrations.core.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What can be said of a mutation's commands, the part after {@code ALTER TABLE t}, without a
 * server; and the mark by which a server's list of mutations shows whose they are.
 */
public final class MutationText {
  private static final Pattern ACCEPTED =
      Pattern.compile(
          "[\\s(]*(?:UPDATE|DELETE|MATERIALIZE\\s+(?:INDEX|PROJECTION|COLUMN))\\b.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /** A further assignment of an UPDATE; its column may have been quoted, and so is blank here. */
  private static final Pattern ASSIGNMENT = Pattern.compile("\\s*[\\w.]*\\s*=.*", Pattern.DOTALL);

  private static final Pattern WRITES =
      Pattern.compile("\\b(?:UPDATE|DELETE)\\b", Pattern.CASE_INSENSITIVE);

  private static final Pattern KINDS =
      Pattern.compile(
          "\\b(?:UPDATE|DELETE|MATERIALIZE\\s+(?:INDEX|PROJECTION|COLUMN))\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern WHERE = Pattern.compile("\\bWHERE\\b", Pattern.CASE_INSENSITIVE);

  private static final Pattern SETTINGS =
      Pattern.compile("\\bSETTINGS\\s+\\w+\\s*=", Pattern.CASE_INSENSITIVE);

  /** What the server leaves out, or writes in another way. */
  private static final Pattern MANNER =
      Pattern.compile("\\s|[`\"()]|\\bIF\\s+EXISTS\\b", Pattern.CASE_INSENSITIVE);

  private final String commands;
  private final String bare;

  /** Of these commands, separated by commas. */
  public MutationText(String commands) {
    this.commands = commands;
    bare = SqlText.blanked(commands);
  }

  /** Why these are not the commands of a mutation: what was found, and what would pass. */
  public Optional<String> refusal() {
    boolean first = true;
    for (String command : apart()) {
      boolean assigns = !first && ASSIGNMENT.matcher(command).matches();
      if (!assigns && !ACCEPTED.matcher(command).matches()) {
        return Optional.of(
            ("found '%s', which is no mutation; UPDATE ... WHERE, DELETE WHERE, and MATERIALIZE INDEX,"
                    + " PROJECTION or COLUMN are, separated by commas; use kind sql for the rest")
                .formatted(command.strip()));
      }
      first = false;
    }
    if (writes() && !WHERE.matcher(bare).find()) {
      return Optional.of("UPDATE and DELETE need a WHERE, which may be WHERE 1");
    }
    return SETTINGS.matcher(bare).find()
        ? Optional.of("found SETTINGS in the command; write them under mutation.settings")
        : Optional.empty();
  }

  /** What a user needs for these commands, as GRANT has it. */
  public List<String> privileges() {
    return KINDS
        .matcher(bare)
        .results()
        .map(kind -> "ALTER " + kind.group().toUpperCase(Locale.ROOT).replaceAll("\\s+", " "))
        .distinct()
        .toList();
  }

  /**
   * The condition of the rows that are changed; absent where there are several commands, or one
   * that has none.
   */
  public Optional<String> condition() {
    List<MatchResult> conditions =
        WHERE.matcher(bare).results().filter(where -> depth(where.start()) == 0).toList();
    boolean one =
        conditions.size() == 1
            && depthless(bare.substring(conditions.get(0).end())).indexOf(',') < 0;
    return one
        ? Optional.of(commands.substring(conditions.get(0).end()).strip())
        : Optional.empty();
  }

  /** The same text without what is in brackets. */
  private static String depthless(String text) {
    StringBuilder outside = new StringBuilder();
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      depth += nesting(text.charAt(i));
      if (depth == 0) {
        outside.append(text.charAt(i));
      }
    }
    return outside.toString();
  }

  /** Whether it changes or removes rows. What only materialises does no harm when it runs twice. */
  public boolean writes() {
    return WRITES.matcher(bare).find();
  }

  /**
   * The commands with a mark that ClickHouse keeps, as it keeps no comment: a condition that always
   * holds, in front of one of theirs. {@code true AND a OR b} is {@code a OR b}, so nothing has to
   * be put in brackets. What has no condition stays as it is.
   */
  public String marked(String mark) {
    return WHERE
        .matcher(bare)
        .results()
        .map(MatchResult::end)
        .min(Comparator.comparingInt(this::depth)) // a subquery's may be replaced by its value
        .map(
            at ->
                commands.substring(0, at)
                    + " '%1$s' = '%1$s' AND".formatted(mark)
                    + commands.substring(at))
        .orElse(commands);
  }

  private int depth(int end) {
    int depth = 0;
    for (int i = 0; i < end; i++) {
      depth += nesting(bare.charAt(i));
    }
    return depth;
  }

  private static int nesting(char c) {
    return switch (c) {
      case '(', '[' -> 1;
      case ')', ']' -> -1;
      default -> 0;
    };
  }

  /**
   * Whether the server's commands of one mutation are these, marked. What only materialises has no
   * mark, and is the same whoever asked for it.
   */
  public boolean isIn(List<String> listed, String mark) {
    String all = String.join(",", listed);
    return writes() ? all.contains("'" + mark + "'") : plain(all).equalsIgnoreCase(plain(commands));
  }

  private static String plain(String text) {
    return MANNER.matcher(text).replaceAll("");
  }

  /** The commands, at the commas outside of brackets; with the assignments of an UPDATE apart. */
  private List<String> apart() {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < bare.length(); i++) {
      char c = bare.charAt(i);
      depth += nesting(c);
      if (c == ',' && depth == 0) {
        parts.add(bare.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(bare.substring(from));
    return parts;
  }
}
