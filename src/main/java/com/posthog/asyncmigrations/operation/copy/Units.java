package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.Unit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which partitions of a source go to the target together, as its rows are now. */
record Units(Source source, CopiedTable target, ColumnMap columns) {

  /** Whether each row goes to a partition of the same id. */
  boolean keepIds() {
    return columns.keepsPartitions(source.table(), target);
  }

  /** Those that have a chunk of round 0 which the target has not, by each of their partitions. */
  Map<String, Unit> ofOpen(CopyRecord record) throws AnswerLost, CopyControl.Stopped {
    Set<String> open =
        record.chunks().stream()
            .filter(c -> c.round() == 0 && !c.published())
            .map(Chunk::partition)
            .collect(Collectors.toCollection(TreeSet::new));
    Map<String, Unit> units = new HashMap<>();
    for (Unit unit : of(open)) {
      unit.sources().forEach(id -> units.put(id, unit));
    }
    return units;
  }

  /** Those that have one of these partitions, which may have no row left. */
  List<Unit> of(Set<String> partitions) throws AnswerLost, CopyControl.Stopped {
    if (partitions.isEmpty()) {
      return List.of();
    }
    return Unit.of(targets(partitions)).stream()
        .filter(unit -> unit.sources().stream().anyMatch(partitions::contains))
        .toList();
  }

  private Map<String, Set<String>> targets(Set<String> known)
      throws AnswerLost, CopyControl.Stopped {
    Map<String, Set<String>> targets = new TreeMap<>();
    if (keepIds()) {
      source.partitions().keySet().forEach(id -> targets.put(id, Set.of(id)));
    } else {
      source
          .targets(target.partitionKey(), columns)
          .forEach((id, those) -> targets.put(id, Set.copyOf(those)));
    }
    known.forEach(id -> targets.putIfAbsent(id, Set.of()));
    return targets;
  }
}
