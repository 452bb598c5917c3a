package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The health checks of a run, as they were made last.
 *
 * @param failures how many times in a row each has failed, by its name
 */
public record Health(List<Finding> findings, Map<String, Integer> failures) {
  /** A run ends when a check has failed so many times in a row. */
  private static final int TOO_MANY = 3;

  /** Nothing was checked yet. */
  public static final Health NOT_CHECKED = new Health(List.of(), Map.of());

  /** Keeps copies. */
  public Health {
    findings = List.copyOf(findings);
    failures = Map.copyOf(failures);
  }

  /** The same after the next look. One that tells nothing neither counts nor forgives. */
  public Health after(List<Finding> next) {
    Map<String, Integer> counts = new HashMap<>();
    for (Finding finding : next) {
      int before = failures.getOrDefault(finding.name(), 0);
      counts.put(
          finding.name(),
          switch (finding.verdict().result()) {
            case PASSED -> 0;
            case FAILED -> before + 1;
            case UNKNOWN -> before;
          });
    }
    return new Health(next, counts);
  }

  /** Why the run has to end, if it has to. */
  public Optional<Problem> unhealthy() {
    return findings.stream()
        .filter(f -> f.is(Result.FAILED) && failures.getOrDefault(f.name(), 0) >= TOO_MANY)
        .findFirst()
        .map(
            f ->
                new Problem(
                    f.verdict().reason(),
                    "%s failed %d times in a row: %s"
                        .formatted(f.where(), failures.get(f.name()), f.verdict().text())));
  }

  /** Why no new statement may begin, if none may: a check that could not be made. */
  public Optional<Problem> holding() {
    return findings.stream()
        .filter(f -> f.is(Result.UNKNOWN))
        .findFirst()
        .map(
            f ->
                new Problem(
                    f.verdict().reason(),
                    "no new statement begins while %s cannot be made: %s"
                        .formatted(f.where(), f.verdict().text())));
  }
}
