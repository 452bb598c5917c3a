package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether the migrations that come before one are completed; a graph without circles. */
public final class Dependencies {
  private final List<Neighbour> neighbours;

  /** Among the migrations of one instance. */
  public Dependencies(List<Neighbour> neighbours) {
    this.neighbours = List.copyOf(neighbours);
  }

  /**
   * A migration of the same instance, as its resource has it.
   *
   * @param phase the word for where it stands
   * @param completed whether that is the end that others wait for
   */
  public record Neighbour(
      String migration, String phase, boolean completed, List<String> dependsOn) {
    /** Keeps a copy. */
    public Neighbour {
      dependsOn = List.copyOf(dependsOn);
    }
  }

  /** What is found of each dependency of a migration. */
  public List<Finding> of(String migration, List<String> dependsOn, Instant now) {
    Optional<List<String>> circle = circle(migration, dependsOn);
    if (circle.isPresent()) {
      String found = "a circle: " + String.join(" -> ", circle.get());
      Verdict verdict =
          new Verdict(Result.FAILED, Reason.InvalidPlan, found, "spec.dependsOn without a circle");
      return List.of(new Finding(Kind.DEPENDENCY, circle.get().get(1), verdict, now));
    }
    return dependsOn.stream()
        .map(name -> new Finding(Kind.DEPENDENCY, name, state(name), now))
        .toList();
  }

  /** Several resources may be for the same migration: one that is completed is enough. */
  private Verdict state(String name) {
    String wouldPass = "one that is completed";
    return neighbours.stream()
        .filter(n -> n.migration().equals(name))
        .max(Comparator.comparing(Neighbour::completed))
        .map(
            n ->
                n.completed()
                    ? Verdict.passed(Kind.DEPENDENCY, n.phase(), wouldPass)
                    : Verdict.failed(Kind.DEPENDENCY, n.phase(), wouldPass))
        .orElseGet(() -> Verdict.failed(Kind.DEPENDENCY, "no AsyncMigration for it", wouldPass));
  }

  /** The way from a migration over its dependencies back to itself. */
  private Optional<List<String>> circle(String migration, List<String> dependsOn) {
    return way(migration, dependsOn, List.of(migration), new HashSet<>());
  }

  private Optional<List<String>> way(
      String goal, List<String> next, List<String> soFar, Set<String> visited) {
    for (String name : next) {
      List<String> further = new ArrayList<>(soFar);
      further.add(name);
      if (name.equals(goal)) {
        return Optional.of(further);
      }
      if (visited.add(name)) {
        List<String> after =
            neighbours.stream()
                .filter(n -> n.migration().equals(name))
                .flatMap(n -> n.dependsOn().stream())
                .toList();
        Optional<List<String>> found = way(goal, after, further, visited);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }
}
