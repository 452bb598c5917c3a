package com.posthog.asyncmigrations.quickstart;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The signs that the display is drawn with: those of Unicode only where the terminal has them. */
record Glyphs(String done, String failed, String full, String empty, String spinner) {
  static final Glyphs UNICODE = new Glyphs("✓", "✗", "█", "░", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏");
  static final Glyphs ASCII = new Glyphs("+", "!", "#", ".", "|/-\\");

  /** As the locale of this environment says. */
  static Glyphs of(Map<String, String> environment) {
    String locale =
        Stream.of("LC_ALL", "LC_CTYPE", "LANG")
            .map(name -> environment.getOrDefault(name, ""))
            .filter(value -> !value.isEmpty())
            .findFirst()
            .orElse("")
            .toLowerCase(Locale.ROOT);
    return locale.contains("utf-8") || locale.contains("utf8") ? UNICODE : ASCII;
  }

  /** A bar of this width. */
  String bar(int percent, int width) {
    int filled = Math.max(0, Math.min(width, percent * width / 100));
    return full.repeat(filled) + empty.repeat(width - filled);
  }

  /** The spinner's picture at this moment. */
  String spin(long tick) {
    return spinner.substring((int) (tick % spinner.length()), (int) (tick % spinner.length()) + 1);
  }
}
