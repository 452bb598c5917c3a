package com.posthog.asyncmigrations.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The tests within it are run by it. */
final class LevelReportTest {
  @TempDir private Path directory;

  @Test
  void saysWhatWasSkippedAndWhy() throws IOException {
    run("surefire", Lacking.class, Whole.class);
    run("failsafe", Aborted.class);
    List<String> skipped = report(false).skipped();

    assertThat(report(false).lines(skipped))
        .contains(
            "SKIPPED, because this machine lacks something:",
            "  real API server: it is not there",
            "  real ClickHouse: nor is this",
            "All other tests have run.");
    assertThatThrownBy(() -> report(true).requireAll(skipped))
        .hasMessageContaining("real API server: it is not there");
    assertThatCode(() -> report(false).requireAll(skipped)).doesNotThrowAnyException();
  }

  @Test
  void forgetsWhatAnEarlierRunHasSkipped() throws IOException {
    run("surefire", Lacking.class);
    run("surefire", Whole.class);
    List<String> skipped = report(false).skipped();

    assertThat(skipped).isEmpty();
    assertThat(report(false).lines(skipped))
        .contains("No other test was skipped.")
        .noneMatch(line -> line.contains("SKIPPED"));
    assertThatCode(() -> report(true).requireAll(skipped)).doesNotThrowAnyException();
  }

  @Test
  void forgetsWhatWasReported() throws IOException {
    run("surefire", Lacking.class);
    report(false).forget();

    assertThat(report(false).skipped()).isEmpty();
  }

  @Test
  void podsAreNamedUnlessTheyAreAPart() {
    assertThat(new LevelReport(directory, false, true).lines(List.of()))
        .anyMatch(line -> line.startsWith("Not a part of this run: pods"));
    assertThat(new LevelReport(directory, true, true).lines(List.of()))
        .noneMatch(line -> line.contains("pods"));
  }

  @Test
  void nothingIsSkippedInCi() {
    Optional<String> lacking = Optional.of("it is not there");

    assertThat(Level.API_SERVER.condition(lacking, true).isDisabled()).isFalse();
    assertThat(Level.API_SERVER.condition(lacking, false).isDisabled()).isTrue();
    assertThat(Level.API_SERVER.condition(Optional.empty(), false).isDisabled()).isFalse();
  }

  private LevelReport report(boolean mustNotSkip) {
    return new LevelReport(directory, false, mustNotSkip);
  }

  private void run(String file, Class<?>... tests) {
    LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    for (Class<?> test : tests) {
      request.selectors(selectClass(test));
    }
    LauncherDiscoveryRequest built = request.build();
    LauncherFactory.create(
            LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false).build())
        .execute(built, new SkippedLevels(Optional.of(directory.resolve(file))));
  }

  /** A machine that lacks something. */
  static final class Nowhere implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext test) {
      return Level.API_SERVER.condition(Optional.of("it is not there"), false);
    }
  }

  @ExtendWith(Nowhere.class)
  static final class Lacking {
    @Test
    void isSkipped() {
      assertThat("run").isEqualTo("skipped");
    }
  }

  static final class Aborted {
    @Test
    void isAborted() {
      Assumptions.abort("real ClickHouse: nor is this");
    }
  }

  static final class Whole {
    @Test
    void isRun() {
      Assumptions.assumeTrue(true);
    }
  }
}
