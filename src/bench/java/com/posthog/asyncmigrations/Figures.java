package com.posthog.asyncmigrations;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What was measured, each figure several times: the median, and how far the others are from it. */
public final class Figures {
  private final Map<String, List<Double>> measured = new LinkedHashMap<>();
  private final Map<String, String> units = new LinkedHashMap<>();

  /** One more measurement of a figure. */
  public void add(String figure, String unit, double value) {
    units.put(figure, unit);
    measured.computeIfAbsent(figure, f -> new ArrayList<>()).add(value);
  }

  /** A table in Markdown. */
  public String table() {
    StringBuilder table =
        new StringBuilder("| | median | least to most | times |\n| --- | --- | --- | --- |\n");
    measured.forEach(
        (figure, values) -> {
          List<Double> sorted = values.stream().sorted().toList();
          table.append(
              "| %s | %s %s | %s to %s | %d |%n"
                  .formatted(
                      figure,
                      text(median(sorted)),
                      units.get(figure),
                      text(sorted.get(0)),
                      text(sorted.get(sorted.size() - 1)),
                      sorted.size()));
        });
    return table.toString();
  }

  private static double median(List<Double> sorted) {
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
  }
}
