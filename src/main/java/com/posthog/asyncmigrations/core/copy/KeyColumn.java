package com.posthog.asyncmigrations.core.copy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One column of a table's sorting key.
 *
 * @param expression as the table's definition has it
 * @param type of its values
 */
public record KeyColumn(String expression, String type) {
  /** Strings need not be text: their bytes are read and remembered in hexadecimal. */
  private static final Pattern BYTES = Pattern.compile("(LowCardinality\\()?(Fixed)?String\\b.*");

  private static final Pattern PLAIN = Pattern.compile("[\\x20-\\x7e]*");

  /** NULL and NaN are neither above nor below anything; arrays and tuples have no plain text. */
  private static final Pattern CANNOT_BOUND =
      Pattern.compile(".*(Nullable|Float|Array|Tuple|Map|JSON|Dynamic|Variant).*");

  /** The first columns of a key, as far as their values can bound a slice. */
  public static List<KeyColumn> bounding(List<KeyColumn> key) {
    return key.stream().takeWhile(c -> !CANNOT_BOUND.matcher(c.type()).matches()).toList();
  }

  /** The same as a column of the table's index, whose name the expression is. */
  public KeyColumn ofIndex() {
    return new KeyColumn("`" + expression.replace("`", "\\`") + "`", type);
  }

  /** How its values are read, to be bounds. */
  public String bound() {
    return isBytes() ? "hex(%s)".formatted(expression) : expression;
  }

  private boolean isBytes() {
    return BYTES.matcher(type).matches();
  }

  String literal(String bound) {
    if (!isBytes()) {
      return "CAST(%s, %s)".formatted(quoted(bound), quoted(type));
    }
    String text = new String(HexFormat.of().parseHex(bound), StandardCharsets.ISO_8859_1);
    String value =
        PLAIN.matcher(text).matches() ? quoted(text) : "unhex(%s)".formatted(quoted(bound));
    return "CAST(%s, %s)".formatted(value, quoted(type));
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
