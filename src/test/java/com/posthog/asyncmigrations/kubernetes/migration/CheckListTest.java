package com.posthog.asyncmigrations.kubernetes.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.posthog.asyncmigrations.api.CheckStatus;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class CheckListTest {
  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");

  @Test
  void aFindingThatRepeatsKeepsItsTime() {
    List<CheckStatus> first = render(List.of(), 0, failed("disk", "90 MB"));

    assertThat(render(first, 3600, failed("disk", "90 MB"))).isEqualTo(first);
  }

  @Test
  void figuresThatChangeAreShownAfterAWhile() {
    List<CheckStatus> first = render(List.of(), 0, failed("disk", "90 MB"));

    assertThat(render(first, 299, failed("disk", "89 MB"))).isEqualTo(first);
    assertThat(render(first, 300, failed("disk", "88 MB")))
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.found()).isEqualTo("88 MB");
              assertThat(c.at()).isEqualTo(T0.plusSeconds(300));
            });
  }

  @Test
  void aRunOfADayWithFiguresThatAlwaysChangeIsWrittenSeldom() {
    List<CheckStatus> shown = List.of();
    int writes = 0;
    for (int second = 0; second < 86_400; second += 30) {
      List<CheckStatus> next =
          render(shown, second, failed("disk", second + " MB"), failed("lag", second + " s"));
      writes += next.equals(shown) ? 0 : 1;
      shown = next;
    }

    assertThat(writes).isLessThanOrEqualTo(289);
  }

  @Test
  void anotherResultIsShownAtOnce() {
    List<CheckStatus> first = render(List.of(), 0, passed("disk"));

    assertThat(render(first, 1, failed("disk", "90 MB")))
        .extracting(CheckStatus::result)
        .containsExactly("Failed");
  }

  @Test
  void kindsThatWereNotLookedAtStay() {
    List<CheckStatus> first = render(List.of(), 0, passed("before"));
    Finding health =
        new Finding(Kind.HEALTHCHECK, "during", Verdict.of(Kind.HEALTHCHECK, away(), "1"), at(30));

    assertThat(render(first, 30, health))
        .extracting(CheckStatus::kind, CheckStatus::name, CheckStatus::result)
        .containsExactly(
            tuple("Healthcheck", "during", "Unknown"), tuple("Precheck", "before", "Passed"));
    assertThat(render(first, 30, passed("renamed")))
        .extracting(CheckStatus::name)
        .containsExactly("renamed");
  }

  @Test
  void atMostTwentyAreShownAndThoseThatDidNotPassFirst() {
    List<Finding> findings = new ArrayList<>();
    IntStream.range(0, 49).forEach(i -> findings.add(passed("passes-" + i)));
    findings.add(failed("fails", "x".repeat(999)));

    List<CheckStatus> shown = render(List.of(), 0, findings.toArray(Finding[]::new));

    assertThat(shown).hasSize(20);
    assertThat(shown.get(0).name()).isEqualTo("fails");
    assertThat(shown.get(0).found()).hasSize(200);
  }

  @Test
  void nothingIsShownWhereNothingWasChecked() {
    assertThat(CheckList.render(List.of(), null, T0)).isNull();
  }

  private static List<CheckStatus> render(
      List<CheckStatus> before, int second, Finding... findings) {
    List<Finding> timed =
        Arrays.stream(findings)
            .map(f -> new Finding(f.kind(), f.name(), f.verdict(), at(second)))
            .toList();
    return Objects.requireNonNull(CheckList.render(timed, before, at(second)));
  }

  private static Instant at(int second) {
    return T0.plusSeconds(second);
  }

  private static Finding passed(String name) {
    return new Finding(
        Kind.PRECHECK,
        name,
        new Verdict(Finding.Result.PASSED, Reason.PrecheckFailed, "1", "1"),
        T0);
  }

  private static Finding failed(String name, String found) {
    Problem problem = new Problem(Reason.StatementFailed, found);
    return new Finding(Kind.PRECHECK, name, Verdict.of(Kind.PRECHECK, problem, "100 MB"), T0);
  }

  private static Problem away() {
    return new Problem(Reason.DatabaseUnreachable, "away");
  }
}
