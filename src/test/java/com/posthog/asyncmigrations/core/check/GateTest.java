package com.posthog.asyncmigrations.core.check;

import static com.posthog.asyncmigrations.core.check.Finding.Kind.DEPENDENCY;
import static com.posthog.asyncmigrations.core.check.Finding.Kind.HEALTHCHECK;
import static com.posthog.asyncmigrations.core.check.Finding.Kind.PRECHECK;
import static com.posthog.asyncmigrations.core.check.Finding.Kind.REQUIREMENT;
import static com.posthog.asyncmigrations.core.check.Finding.Kind.SERVICE_VERSION;
import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Gate.Scope;
import com.posthog.asyncmigrations.core.check.Gate.Stage;
import com.posthog.asyncmigrations.core.upgrade.Version;
import com.posthog.asyncmigrations.core.upgrade.VersionWindow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class GateTest {
  private static final VersionWindow WINDOW =
      new VersionWindow(new Version(1, 36, 0), new Version(1, 40, 9));
  private static final Problem AWAY =
      new Problem(Reason.DatabaseUnreachable, "ClickHouse at a did not answer in time");

  private final Known known = new Known();

  @Test
  void nothingIsAskedWhereNothingBegins() {
    known.version("1.99.0").put(Stage.CHECKS, failed(PRECHECK, "disk"));

    Gate.Answer answer = Gate.ask(Scope.NOTHING, known);

    assertThat(answer).isEqualTo(open(true));
    assertThat(known.asked).isEmpty();
  }

  @Test
  void allThatPassesIsOpen() {
    known
        .version("1.36.1")
        .put(Stage.REQUIREMENT, passed(REQUIREMENT, "requiredWhen"))
        .put(Stage.SERVICES, passed(SERVICE_VERSION, "ClickHouse"))
        .put(Stage.CHECKS, passed(PRECHECK, "disk"), passed(HEALTHCHECK, "disk"));
    known.dependencies.add(passed(DEPENDENCY, "0001_a"));

    Gate.Answer answer = Gate.ask(Scope.START, known);

    assertThat(answer.obstacle()).isEmpty();
    assertThat(answer.refusal()).isEmpty();
    assertThat(answer.required()).isTrue();
    assertThat(answer.findings()).hasSize(6);
  }

  @Test
  void aVersionBeforeTheWindowIsWaitedForBeforeAnythingIsAsked() {
    known.version("1.35.9");

    Gate.Answer answer = Gate.ask(Scope.START, known);

    assertThat(answer.obstacle())
        .contains(
            new Problem(
                Reason.VersionTooOld, "PostHog: found version 1.35.9; 1.36.0 - 1.40.9 would pass"));
    assertThat(answer.known()).isTrue();
    assertThat(known.asked).isEmpty();
  }

  @Test
  void aVersionThatNobodyKnowsIsWaitedFor() {
    known.version =
        Optional.of(
            new SeenVersion(Optional.empty(), "image posthog:latest has no version")
                .against(WINDOW, Instant.EPOCH));

    Gate.Answer answer = Gate.ask(Scope.START, known);

    assertThat(answer.obstacle().map(Problem::reason)).contains(Reason.VersionUnknown);
    assertThat(answer.known()).isFalse();
  }

  @Test
  void aVersionAfterTheWindowIsRefusedOnlyIfTheMigrationIsStillNeeded() {
    known.version("1.41.0").put(Stage.REQUIREMENT, passed(REQUIREMENT, "requiredWhen"));
    assertThat(Gate.ask(Scope.START, known).refusal().map(Problem::reason))
        .contains(Reason.VersionTooNew);

    known.put(Stage.REQUIREMENT, notRequired());
    assertThat(Gate.ask(Scope.START, known).refusal()).isEmpty();
    assertThat(Gate.ask(Scope.START, known).required()).isFalse();
  }

  @Test
  void whatIsNotNeededIsToldAlsoToWhoOnlyAsksForTheNeed() {
    known.put(Stage.REQUIREMENT, notRequired());

    assertThat(Gate.ask(Scope.NEED, known).required()).isFalse();
    assertThat(Gate.ask(Scope.START, known).required()).isFalse();
    assertThat(Gate.ask(Scope.RESUME, known).required()).isTrue(); // it has begun
  }

  @Test
  void aRequirementThatErrsNeverCompletesAnything() {
    known.put(
        Stage.REQUIREMENT,
        new Finding(REQUIREMENT, "requiredWhen", Verdict.of(REQUIREMENT, AWAY, ""), Instant.EPOCH));

    Gate.Answer answer = Gate.ask(Scope.NEED, known);

    assertThat(answer.required()).isTrue();
    assertThat(answer.obstacle().map(Problem::reason)).contains(Reason.RequirementUnknown);
    assertThat(answer.known()).isFalse();
  }

  @Test
  void theOrderOfTheChecks() {
    known.put(Stage.SERVICES, failed(SERVICE_VERSION, "ClickHouse"));
    known.dependencies.add(failed(DEPENDENCY, "0001_a"));
    known.put(Stage.CHECKS, failed(PRECHECK, "disk"), failed(HEALTHCHECK, "lag"));
    assertThat(Gate.ask(Scope.START, known).refusal().map(Problem::reason))
        .contains(Reason.ServiceVersionNotMet);

    known.put(Stage.SERVICES, passed(SERVICE_VERSION, "ClickHouse"));
    assertThat(Gate.ask(Scope.START, known).obstacle().map(Problem::reason))
        .contains(Reason.WaitingForDependency);

    known.dependencies.clear();
    assertThat(Gate.ask(Scope.START, known).refusal().map(Problem::reason))
        .contains(Reason.PrecheckFailed);

    known.put(Stage.CHECKS, passed(PRECHECK, "disk"), failed(HEALTHCHECK, "lag"));
    assertThat(Gate.ask(Scope.START, known).refusal().map(Problem::reason))
        .contains(Reason.HealthcheckFailed);
  }

  @Test
  void prechecksAreNotMadeWhileADependencyIsOpen() {
    known.dependencies.add(failed(DEPENDENCY, "0001_a"));

    Gate.ask(Scope.START, known);

    assertThat(known.asked).doesNotContain(Stage.CHECKS);
  }

  @Test
  void aCircleIsForAPerson() {
    known.dependencies.addAll(
        new Dependencies(
                List.of(
                    new Dependencies.Neighbour("0002_b", "NotStarted", false, List.of("0001_a"))))
            .of("0001_a", List.of("0002_b"), Instant.EPOCH));

    assertThat(Gate.ask(Scope.START, known).refusal().map(Problem::reason))
        .contains(Reason.InvalidPlan);
  }

  @Test
  void whatFailedComesBeforeWhatIsUnknownAndSeveralAreCounted() {
    known.put(Stage.CHECKS, unknown(PRECHECK, "a"), failed(PRECHECK, "b"), failed(PRECHECK, "c"));

    assertThat(Gate.ask(Scope.START, known).refusal().map(Problem::message))
        .contains("precheck b: found 1; 2 would pass (1 more: see status.checks)");
  }

  @Test
  void whatIsUnknownIsWaitedForWithItsOwnReason() {
    known.put(Stage.CHECKS, unknown(PRECHECK, "a"));

    Gate.Answer answer = Gate.ask(Scope.RESUME, known);

    assertThat(answer.obstacle().map(Problem::reason)).contains(Reason.DatabaseUnreachable);
    assertThat(answer.refusal()).isEmpty();
    assertThat(answer.known()).isFalse();
  }

  @Test
  void whileChecksAreBeingMadeNothingBegins() {
    for (Stage stage : List.of(Stage.REQUIREMENT, Stage.SERVICES, Stage.CHECKS)) {
      Known pending = new Known();
      pending.pending.add(stage);

      Gate.Answer answer = Gate.ask(Scope.START, pending);

      assertThat(answer.obstacle().map(Problem::reason)).contains(Reason.Checking);
      assertThat(answer.known()).isFalse();
    }
  }

  @Test
  void oldAnswersAreNotEnoughToStartByButToWait() {
    known.stale.addAll(List.of(Stage.SERVICES, Stage.CHECKS));

    assertThat(Gate.ask(Scope.START, known).obstacle().map(Problem::reason))
        .contains(Reason.Checking);
    assertThat(known.refreshed).containsExactlyInAnyOrder(Stage.SERVICES, Stage.CHECKS);

    known.dependencies.add(failed(DEPENDENCY, "0001_a"));
    assertThat(Gate.ask(Scope.START, known).obstacle().map(Problem::reason))
        .contains(Reason.WaitingForDependency);
  }

  private static Gate.Answer open(boolean required) {
    return new Gate.Answer(Optional.empty(), Optional.empty(), required, true, List.of());
  }

  private static Finding passed(Kind kind, String name) {
    return new Finding(kind, name, Verdict.passed(kind, "1", "1"), Instant.EPOCH);
  }

  private static Finding failed(Kind kind, String name) {
    return new Finding(kind, name, Verdict.failed(kind, "1", "2"), Instant.EPOCH);
  }

  private static Finding unknown(Kind kind, String name) {
    return new Finding(kind, name, Verdict.of(kind, AWAY, "2"), Instant.EPOCH);
  }

  private static Finding notRequired() {
    return new Finding(
        REQUIREMENT, "requiredWhen", Verdict.ofRequirement(Optional.of("0")), Instant.EPOCH);
  }

  /** What is known, as the test wants it; stages that nothing is said of ask nothing. */
  private static final class Known implements Gate.Evidence {
    private Optional<Finding> version = Optional.empty();
    private final List<Finding> dependencies = new ArrayList<>();
    private final Map<Stage, List<Finding>> findings = new EnumMap<>(Stage.class);
    private final Set<Stage> pending = EnumSet.noneOf(Stage.class);
    private final Set<Stage> stale = EnumSet.noneOf(Stage.class);
    private final Set<Stage> asked = EnumSet.noneOf(Stage.class);
    private final Set<Stage> refreshed = EnumSet.noneOf(Stage.class);

    Known version(String text) {
      version =
          Optional.of(
              new SeenVersion(Version.parse(text), "as the test wants it")
                  .against(WINDOW, Instant.EPOCH));
      return this;
    }

    Known put(Stage stage, Finding... found) {
      findings.put(stage, List.of(found));
      return this;
    }

    @Override
    public Optional<Finding> version() {
      return version;
    }

    @Override
    public List<Finding> dependencies() {
      return dependencies;
    }

    @Override
    public Optional<List<Finding>> newest(Stage stage) {
      asked.add(stage);
      return pending.contains(stage)
          ? Optional.empty()
          : Optional.of(findings.getOrDefault(stage, List.of()));
    }

    @Override
    public boolean fresh(Stage stage) {
      if (stale.contains(stage)) {
        refreshed.add(stage);
      }
      return !stale.contains(stage);
    }
  }
}
