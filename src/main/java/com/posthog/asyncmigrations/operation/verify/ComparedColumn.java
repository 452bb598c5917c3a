package com.posthog.asyncmigrations.operation.verify;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How one column is read on both sides, so that equal contents hash alike: in the target's type,
 * and without what differs between equal aggregate states.
 *
 * @param name of the target's column
 * @param expression what the source has for it
 */
public record ComparedColumn(String name, String expression, String sourceType, String targetType) {
  private static final Pattern STATE =
      Pattern.compile("AggregateFunction\\((?:\\d+, )?(?<function>[A-Za-z0-9_]+).*");

  /** Their results are arrays without an order. */
  private static final Pattern UNORDERED = Pattern.compile("(groupUniqArray|topK|approx_top).*");

  private static final Pattern SIMPLE =
      Pattern.compile("SimpleAggregateFunction\\([A-Za-z0-9_]+(?:\\([^()]*\\))?, (?<type>.*)\\)");

  /** A column that both sides have. */
  ComparedColumn(String name, String sourceType, String targetType) {
    this(name, TableName.quoted(name), sourceType, targetType);
  }

  /**
   * What is hashed of the source.
   *
   * @throws ProblemException when values of its type cannot be compared
   */
  public String source() {
    String value = value(expression, sourceType);
    String wanted = stored(targetType);
    return asText() || stored(sourceType).equals(wanted) ? text(value) : accurately(value, wanted);
  }

  /** What is inserted into the target: a value that its type cannot hold is an error. */
  public String copied() {
    String wanted = stored(targetType);
    return sourceType.equals(targetType) || asText() || stored(sourceType).equals(wanted)
        ? expression
        : accurately(expression, wanted);
  }

  private static String accurately(String value, String type) {
    return "accurateCast(%s, '%s')"
        .formatted(value, type.replace("\\", "\\\\").replace("'", "\\'"));
  }

  /** What is hashed of the target. */
  public String target() {
    return text(value(TableName.quoted(name), targetType));
  }

  /** Where both sides are of a kind that has no common type, their text is compared. */
  private boolean asText() {
    return !sourceType.equals(targetType)
        && ((isState(sourceType) && isState(targetType))
            || (isJson(sourceType) && isJson(targetType)));
  }

  private String text(String value) {
    if (!asText()) {
      return value;
    }
    return (isJson(targetType) ? "toJSONString(" : "toString(") + value + ")";
  }

  private String value(String column, String type) {
    Matcher state = STATE.matcher(type);
    if (state.matches()) {
      String result = "finalizeAggregation(" + column + ")";
      return UNORDERED.matcher(state.group("function")).matches()
          ? "arraySort(" + result + ")"
          : result;
    }
    if (stored(type).contains("AggregateFunction(")) {
      throw new ProblemException(
          new Problem(
              Reason.VerificationFailed,
              "column %s holds aggregate states within %s, which cannot be compared: name the"
                      .formatted(name, type)
                  + " columns to compare without it"));
    }
    return column;
  }

  private static boolean isState(String type) {
    return STATE.matcher(type).matches();
  }

  private static boolean isJson(String type) {
    return type.equals("JSON") || type.startsWith("JSON(");
  }

  /** A SimpleAggregateFunction stores nothing but its values. */
  private static String stored(String type) {
    Matcher simple = SIMPLE.matcher(type);
    return simple.matches() ? simple.group("type") : type;
  }
}
