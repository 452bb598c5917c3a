package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.CheckStatus;
import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the checks have found, in a status. A finding that says the same as before stays as it is,
 * and so does one that differs by its figures alone for a while: free space changes all the time,
 * and is not worth a write each time.
 */
final class CheckList {
  private static final int MOST = 20;
  private static final int LONGEST_NAME = 63;
  private static final int LONGEST_FOUND = 200;
  private static final int LONGEST_PASSING = 100;
  private static final Duration FIGURES_STAY = Duration.ofMinutes(5);

  private CheckList() {}

  /** The findings, and what is known of kinds that were not looked at now. */
  static @Nullable List<CheckStatus> render(
      List<Finding> findings, @Nullable List<CheckStatus> before, Instant now) {
    List<CheckStatus> known = before == null ? List.of() : before;
    Set<String> looked = findings.stream().map(f -> f.kind().word()).collect(Collectors.toSet());
    List<CheckStatus> shown =
        Stream.concat(
                findings.stream().map(f -> render(f, known, now)),
                known.stream().filter(c -> !looked.contains(c.kind())))
            .sorted(Comparator.comparing(c -> c.result().equals(Finding.Result.PASSED.word())))
            .limit(MOST)
            .toList();
    return shown.isEmpty() ? null : shown;
  }

  private static CheckStatus render(Finding finding, List<CheckStatus> known, Instant now) {
    CheckStatus fresh =
        new CheckStatus(
            finding.kind().word(),
            Excerpt.of(finding.name(), LONGEST_NAME),
            finding.verdict().result().word(),
            Excerpt.of(finding.verdict().found(), LONGEST_FOUND),
            Excerpt.of(finding.verdict().wouldPass(), LONGEST_PASSING),
            StatusTime.toSeconds(finding.at()));
    Optional<CheckStatus> shown =
        known.stream()
            .filter(c -> c.kind().equals(fresh.kind()) && c.name().equals(fresh.name()))
            .findFirst();
    return shown.filter(c -> staysFor(c, fresh, now)).orElse(fresh);
  }

  private static boolean staysFor(CheckStatus shown, CheckStatus fresh, Instant now) {
    boolean same =
        Objects.equals(shown.found(), fresh.found())
            && Objects.equals(shown.wouldPass(), fresh.wouldPass());
    return shown.result().equals(fresh.result())
        && (same || shown.at().plus(FIGURES_STAY).isAfter(now));
  }
}
