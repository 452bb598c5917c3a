package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which rows of a table and its copy can be compared, where a TTL removes rows of either at times
 * that nobody knows: those that neither of them may remove within the hour.
 */
record Lasting(List<TimeToLive.Deletion> deletions) {
  /** Of tables that remove nothing. */
  static final Lasting ALL = new Lasting(List.of());

  /** No comparison takes longer. */
  private static final String HORIZON = "SELECT toUnixTimestamp(now()) + 3600";

  /** Of these two. */
  static Lasting of(CopiedTable source, CopiedTable target) {
    return new Lasting(
        Stream.of(source, target)
            .flatMap(table -> table.timeToLive().deletions().stream())
            .distinct()
            .toList());
  }

  /** Whether no row is removed. */
  boolean all() {
    return deletions.isEmpty();
  }

  /** The condition that they meet from now on; absent: all rows do. */
  Optional<String> condition(CopyNode node) {
    if (all()) {
      return Optional.empty();
    }
    long horizon = Long.parseLong(node.ask(HORIZON, Map.of()).get(0).get(0));
    return Optional.of(
        deletions.stream()
            .map(deletion -> deletion.lastsBeyond(horizon))
            .collect(Collectors.joining(" AND ")));
  }

  /** A column that a TTL speaks of, and that the other table has not, or has otherwise. */
  static Optional<String> otherwise(TableCopy copy, CopiedTable source, CopiedTable target) {
    List<TimeToLive.Deletion> deletions = of(source, target).deletions();
    return Stream.of(source, target)
        .flatMap(table -> table.columns().stream())
        .filter(column -> deletions.stream().anyMatch(d -> d.speaksOf(column.name())))
        .filter(
            column ->
                !source.columns().contains(column)
                    || !target.columns().contains(column)
                    || copy.columns().containsKey(column.name()))
        .map(CopiedTable.Column::name)
        .findFirst();
  }
}
