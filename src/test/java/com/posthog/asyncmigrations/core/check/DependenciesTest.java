package com.posthog.asyncmigrations.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Dependencies.Neighbour;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DependenciesTest {
  private static final String ME = "0003_c";

  @Test
  void whatIsCompletedPasses() {
    assertThat(of(List.of("0001_a"), done("0001_a")))
        .singleElement()
        .satisfies(f -> assertThat(f.verdict().result()).isEqualTo(Result.PASSED));
  }

  @Test
  void whatIsOpenIsNamedWithItsPhase() {
    List<Finding> findings =
        of(List.of("0001_a", "0002_b"), done("0001_a"), open("0002_b", "RollingBack"));

    assertThat(findings.get(1).problem().reason()).isEqualTo(Reason.WaitingForDependency);
    assertThat(findings.get(1).problem().message())
        .isEqualTo("dependency 0002_b: found RollingBack; one that is completed would pass");
  }

  @Test
  void whatIsMissingIsWaitedFor() {
    assertThat(of(List.of("0001_a")).get(0).problem().message())
        .isEqualTo(
            "dependency 0001_a: found no AsyncMigration for it; one that is completed would pass");
  }

  @Test
  void oneOfSeveralResourcesForTheSameMigrationIsEnough() {
    assertThat(
            of(List.of("0001_a"), open("0001_a", "Errored"), done("0001_a"))
                .get(0)
                .is(Result.PASSED))
        .isTrue();
  }

  @Test
  void aCircleIsRefusedAndNamed() {
    List<Finding> findings =
        of(
            List.of("0001_a"),
            open("0001_a", "NotStarted", "0002_b"),
            open("0002_b", "NotStarted", ME));

    assertThat(findings)
        .singleElement()
        .satisfies(
            f -> {
              assertThat(f.problem().reason()).isEqualTo(Reason.InvalidPlan);
              assertThat(f.problem().message())
                  .contains("a circle: 0003_c -> 0001_a -> 0002_b -> 0003_c");
            });
  }

  @Test
  void aCircleOfOthersIsTheirs() {
    List<Finding> findings =
        of(
            List.of("0001_a"),
            open("0001_a", "FailedAtStartup", "0002_b"),
            open("0002_b", "FailedAtStartup", "0001_a"));

    assertThat(findings.get(0).problem().reason()).isEqualTo(Reason.WaitingForDependency);
  }

  @Test
  void aDiamondIsNoCircle() {
    List<Finding> findings =
        of(
            List.of("0001_a", "0002_b"),
            new Neighbour("0001_a", "CompletedSuccessfully", true, List.of("0000_z")),
            new Neighbour("0002_b", "CompletedSuccessfully", true, List.of("0000_z")),
            done("0000_z"));

    assertThat(findings).hasSize(2).allMatch(f -> f.is(Result.PASSED));
  }

  private static List<Finding> of(List<String> dependsOn, Neighbour... neighbours) {
    return new Dependencies(List.of(neighbours)).of(ME, dependsOn, Instant.EPOCH);
  }

  private static Neighbour done(String migration) {
    return new Neighbour(migration, "CompletedSuccessfully", true, List.of());
  }

  private static Neighbour open(String migration, String phase, String... dependsOn) {
    return new Neighbour(migration, phase, false, List.of(dependsOn));
  }
}
