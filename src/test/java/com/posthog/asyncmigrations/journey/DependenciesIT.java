package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Migrations that wait for others. */
@Execution(ExecutionMode.SAME_THREAD)
class DependenciesIT extends Operated {
  DependenciesIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void aDiamondRunsInItsOrderWhateverTheOrderOfTheResources() {
    apply("d", List.of("b", "c"), "Completed");
    waitsFor("d", "dependency 0100_b: found no AsyncMigration for it");
    apply("b", List.of("a"), "Completed");
    apply("c", List.of("a"), "Completed");
    waitsFor("b", "dependency 0100_a");
    waitsFor("d", "dependency 0100_b: found NotStarted");

    apply("a", List.of(), "Completed");

    for (String name : List.of("a", "b", "c", "d")) {
      await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase(name)));
    }
    assertThat(finished("a")).isBeforeOrEqualTo(started("b")).isBeforeOrEqualTo(started("c"));
    assertThat(finished("b")).isBeforeOrEqualTo(started("d"));
    assertThat(finished("c")).isBeforeOrEqualTo(started("d"));
  }

  @Test
  void aCircleIsRefusedAndEndsWhenItIsOpened() {
    apply("a", List.of("b"), "Completed");
    apply("b", List.of("a"), "Completed");
    for (String name : List.of("a", "b")) {
      await().atMost(soon()).until(() -> "FailedAtStartup".equals(installation.phase(name)));
      assertThat(installation.condition(name, "Stalled").reason()).isEqualTo("InvalidPlan");
    }
    assertThat(installation.condition("a", "Stalled").message())
        .contains("a circle: 0100_a -> 0100_b -> 0100_a");

    apply("b", List.of(), "Completed");

    for (String name : List.of("a", "b")) {
      await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase(name)));
    }
  }

  @Test
  void anErrorOfADependencyIsNamedAndOneThatIsIdleIsNotStarted() {
    apply("a", List.of(), "Completed", Operations.fail());
    apply("b", List.of("a"), "Completed");

    await().atMost(soon()).until(() -> "RolledBack".equals(installation.phase("a")));
    waitsFor("b", "dependency 0100_a: found RolledBack; one that is completed would pass");
  }

  private void waitsFor(String name, String message) {
    await()
        .atMost(soon())
        .untilAsserted(
            () -> {
              assertThat(installation.condition(name, "Reconciling").reason())
                  .isEqualTo("WaitingForDependency");
              assertThat(installation.condition(name, "Reconciling").message()).contains(message);
            });
    assertThat(installation.phase(name)).isEqualTo("NotStarted");
  }

  private void apply(String name, List<String> dependsOn, String desiredState) {
    apply(name, dependsOn, desiredState, Operations.create(name));
  }

  private void apply(String name, List<String> dependsOn, String desiredState, String operations) {
    installation.migrateWith(
        name,
        "  desiredState: %s\n  dependsOn: %s\n"
            .formatted(desiredState, dependsOn.stream().map(d -> "0100_" + d).toList()),
        operations);
  }

  private Instant started(String name) {
    return installation.status(name).orElseThrow().startedAt();
  }

  private Instant finished(String name) {
    return installation.status(name).orElseThrow().finishedAt();
  }

  private static Duration soon() {
    return Duration.ofSeconds(60);
  }
}
