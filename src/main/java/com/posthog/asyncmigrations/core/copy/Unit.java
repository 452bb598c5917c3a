package com.posthog.asyncmigrations.core.copy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Partitions that are published together: the rows of a source partition may go to several
 * partitions of the target, and a partition of the target is only whole when everything that goes
 * to it is there.
 *
 * @param sources ids of partitions of the source
 * @param targets ids of the partitions of the target that their rows go to, and no other's
 */
public record Unit(NavigableSet<String> sources, NavigableSet<String> targets) {

  /**
   * The smallest units, in the order of their first source.
   *
   * @param targetsOf the partitions of the target that the rows of a source partition go to
   */
  public static List<Unit> of(Map<String, Set<String>> targetsOf) {
    Map<String, Unit> byTarget = new HashMap<>();
    List<Unit> withoutTarget = new ArrayList<>();
    targetsOf.forEach(
        (source, targets) -> {
          Unit unit = new Unit(new TreeSet<>(Set.of(source)), new TreeSet<>(targets));
          for (Unit touching : those(targets, byTarget)) {
            unit = unit.with(touching);
          }
          if (targets.isEmpty()) {
            withoutTarget.add(unit);
          }
          for (String target : unit.targets()) {
            byTarget.put(target, unit);
          }
        });
    return Stream.concat(byTarget.values().stream().distinct(), withoutTarget.stream())
        .sorted(Comparator.comparing(unit -> unit.sources().first()))
        .toList();
  }

  private static Set<Unit> those(Set<String> targets, Map<String, Unit> byTarget) {
    return targets.stream()
        .flatMap(target -> Optional.ofNullable(byTarget.get(target)).stream())
        .collect(Collectors.toSet());
  }

  private Unit with(Unit other) {
    return new Unit(union(sources, other.sources), union(targets, other.targets));
  }

  private static NavigableSet<String> union(Set<String> one, Set<String> other) {
    return Stream.concat(one.stream(), other.stream()).collect(TreeSet::new, Set::add, Set::addAll);
  }
}
