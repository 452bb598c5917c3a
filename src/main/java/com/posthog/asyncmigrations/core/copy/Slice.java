package com.posthog.asyncmigrations.core.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A range of a sorting key: from a bound on, and below another one. Every row is in exactly one of
 * the slices that follow on each other.
 *
 * @param from the values of the first key columns; absent: from the first row on
 * @param below likewise; absent: to the last row
 */
public record Slice(Optional<List<String>> from, Optional<List<String>> below) {
  /** Everything. */
  public static final Slice WHOLE = new Slice(Optional.empty(), Optional.empty());

  /** The slices between these bounds, which are in the key's order; equal ones count once. */
  public List<Slice> cutAt(List<List<String>> bounds) {
    List<Slice> slices = new ArrayList<>();
    Optional<List<String>> at = from;
    for (List<String> bound : bounds) {
      if (!Optional.of(bound).equals(at) && !Optional.of(bound).equals(below)) {
        slices.add(new Slice(at, Optional.of(bound)));
        at = Optional.of(bound);
      }
    }
    slices.add(new Slice(at, below));
    return slices;
  }

  /**
   * As a condition, spelled out column by column: ClickHouse does not prune by comparisons of
   * tuples.
   */
  public String condition(List<KeyColumn> key) {
    List<String> conditions = new ArrayList<>();
    from.ifPresent(bound -> conditions.add(beyond(key, bound, 0, " > ", " >= ")));
    below.ifPresent(bound -> conditions.add(beyond(key, bound, 0, " < ", " < ")));
    return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
  }

  private static String beyond(
      List<KeyColumn> key, List<String> bound, int at, String sign, String lastSign) {
    KeyColumn column = key.get(at);
    String value = column.literal(bound.get(at));
    if (at + 1 == bound.size()) {
      return column.expression() + lastSign + value;
    }
    return "(%1$s%2$s%3$s OR (%1$s = %3$s AND %4$s))"
        .formatted(column.expression(), sign, value, beyond(key, bound, at + 1, sign, lastSign));
  }
}
