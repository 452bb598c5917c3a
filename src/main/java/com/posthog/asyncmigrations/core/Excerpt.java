package com.posthog.asyncmigrations.core;

/** The beginning of a text that may be longer than what shows it. */
public final class Excerpt {
  private Excerpt() {}

  /** At most so many characters, the last of them an ellipsis where something was left out. */
  public static String of(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
  }

  /** The same of a text's first line, since the others quote what was sent. */
  public static String ofFirstLine(String text, int longest) {
    int end = text.indexOf('\n');
    return of(end < 0 ? text : text.substring(0, end), longest);
  }
}
