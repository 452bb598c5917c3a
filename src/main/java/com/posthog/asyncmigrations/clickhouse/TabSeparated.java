package com.posthog.asyncmigrations.clickhouse;

import java.util.Arrays;
import java.util.List;

/** ClickHouse's format TabSeparated, in which line ends and tabs only ever separate. */
final class TabSeparated {
  private TabSeparated() {}

  static List<List<String>> rows(String text) {
    return text.lines().map(TabSeparated::values).toList();
  }

  /** A parameter's value as the server reads it; the client sends it as it is given. */
  static String parameter(String value) {
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
  }

  private static List<String> values(String line) {
    return Arrays.stream(line.split("\t", -1)).map(TabSeparated::value).toList();
  }

  private static String value(String field) {
    if (field.equals("\\N")) {
      return "NULL";
    }
    if (field.indexOf('\\') < 0) {
      return field;
    }
    StringBuilder value = new StringBuilder(field.length());
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      boolean escape = c == '\\' && i + 1 < field.length();
      value.append(escape ? escaped(field.charAt(++i)) : c);
    }
    return value.toString();
  }

  private static char escaped(char letter) {
    return switch (letter) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case '0' -> '\0';
      default -> letter;
    };
  }
}
