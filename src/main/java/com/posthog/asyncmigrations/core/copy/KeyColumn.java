package com.posthog.asyncmigrations.core.copy;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One column of a table's sorting key.
 *
 * @param expression as the table's definition has it
 * @param type of its values
 */
public record KeyColumn(String expression, String type) {
  /** NULL and NaN are neither above nor below anything; arrays and tuples have no plain text. */
  private static final Pattern CANNOT_BOUND =
      Pattern.compile(".*(Nullable|Float|Array|Tuple|Map|JSON|Dynamic|Variant).*");

  /** The first columns of a key, as far as their values can bound a slice. */
  public static List<KeyColumn> bounding(List<KeyColumn> key) {
    return key.stream().takeWhile(c -> !CANNOT_BOUND.matcher(c.type()).matches()).toList();
  }

  String literal(String value) {
    return "CAST(%s, %s)".formatted(quoted(value), quoted(type));
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
