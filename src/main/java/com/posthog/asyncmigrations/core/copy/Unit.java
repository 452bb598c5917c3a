package com.posthog.asyncmigrations.core.copy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
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
    List<Unit> units = new ArrayList<>();
    targetsOf.forEach(
        (source, targets) -> {
          Unit next = new Unit(new TreeSet<>(Set.of(source)), new TreeSet<>(targets));
          List<Unit> touching = units.stream().filter(next::touches).toList();
          units.removeAll(touching);
          units.add(touching.stream().reduce(next, Unit::with));
        });
    units.sort(Comparator.comparing(unit -> unit.sources().first()));
    return List.copyOf(units);
  }

  private boolean touches(Unit other) {
    return targets.stream().anyMatch(other.targets::contains);
  }

  private Unit with(Unit other) {
    return new Unit(union(sources, other.sources), union(targets, other.targets));
  }

  private static NavigableSet<String> union(Set<String> one, Set<String> other) {
    return Stream.concat(one.stream(), other.stream()).collect(TreeSet::new, Set::add, Set::addAll);
  }
}
