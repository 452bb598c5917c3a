package com.posthog.asyncmigrations.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Examples;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What PostHog's row should say, phase by phase. */
class ReflectionsTest {
  private static final MigrationKey KEY = new MigrationKey("prod", "events", "0001_test");
  private static final String PREFIX = "0001_test-0a1b2c3d-1";

  @ParameterizedTest
  @CsvSource({
    "RUNNING RESTORED, COMPLETED, COMPLETED, 100, 4",
    "STOPPING RESTORED, ERRORED, ERRORED, 42, 0",
    "ROLLING_BACK RESTORED, ROLLED_BACK, ROLLED_BACK, 0, 0",
  })
  void anEndIsPostHogs(String example, Phase phase, PostHogStatus status, int progress, int index) {
    Reflection end = at(MirrorMode.AT_END, ended(example, phase)).orElseThrow();

    assertThat(end.status()).isEqualTo(status);
    assertThat(end.progress()).isEqualTo(progress);
    assertThat(end.operationIndex()).isEqualTo(index);
    assertThat(end.queryId()).isEqualTo(PREFIX);
    assertThat(end.finished()).isTrue();
    assertThat(end.finishedAt()).isPresent();
    assertThat(end.startedAt()).isPresent();
    assertThat(end.releases()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(MirrorMode.class)
  void onTheWayOnlyWhileRunningIsWritten(MirrorMode mode) {
    for (Phase phase :
        new Phase[] {Phase.RUNNING, Phase.AWAITING_APPROVAL, Phase.STOPPING, Phase.ROLLING_BACK}) {
      Reflection now = at(mode, in(phase)).orElseThrow();
      assertThat(now.status())
          .isEqualTo(
              mode == MirrorMode.WHILE_RUNNING ? PostHogStatus.STARTING : PostHogStatus.ERRORED);
      assertThat(now.releases()).isEqualTo(mode != MirrorMode.WHILE_RUNNING);
      assertThat(now.finished()).isFalse();
      assertThat(now.progress()).isEqualTo(42);
    }
  }

  @ParameterizedTest
  @EnumSource(MirrorMode.class)
  void beforeTheWorkersAreReadyAndWhilePausedNoPodIsKeptFromStarting(MirrorMode mode) {
    for (Phase phase : new Phase[] {Phase.STARTING, Phase.PAUSED}) {
      Reflection now = at(mode, in(phase)).orElseThrow();
      assertThat(now.releases()).isTrue();
      assertThat(now.status()).isEqualTo(PostHogStatus.ERRORED);
    }
  }

  @Test
  void theQueryThatRunsIsNamed() {
    Recorded running = before("RUNNING STEP_RUNNING");

    assertThat(at(MirrorMode.WHILE_RUNNING, running).orElseThrow().queryId())
        .isEqualTo(running.theRun().intent().orElseThrow().effectId())
        .startsWith(PREFIX + "-");
    assertThat(at(MirrorMode.WHILE_RUNNING, in(Phase.RUNNING)).orElseThrow().queryId())
        .isEqualTo(PREFIX);
  }

  @Test
  void aRunThatEndsTwiceIsTwoOccasions() {
    Recorded once = ended("STOPPING RESTORED", Phase.ERRORED);
    Run run = once.theRun();
    Run again =
        new Run(
            run.id(),
            Optional.empty(),
            run.plan(),
            run.next(),
            run.begun(),
            List.of(),
            Map.of(),
            run.intent(),
            run.stop(),
            run.ending(),
            run.endings() + 1,
            run.rolledBackFor(),
            run.workers(),
            run.held(),
            run.operations(),
            run.errors(),
            run.startedAt(),
            run.finishedAt());
    Recorded twice =
        new Recorded(
            once.revision(),
            once.phase(),
            once.attempt(),
            once.observedRetryNonce(),
            once.outcome(),
            Optional.of(again));

    assertThat(at(MirrorMode.AT_END, once).orElseThrow().occasion())
        .isNotEqualTo(at(MirrorMode.AT_END, twice).orElseThrow().occasion());
  }

  @Test
  void aRefusalIsToldOncePerReason() {
    Reflection first =
        refused(new Problem(Reason.PrecheckFailed, "12 GB free of 13")).orElseThrow();
    Reflection later =
        refused(new Problem(Reason.PrecheckFailed, "11 GB free of 13")).orElseThrow();
    Reflection other = refused(new Problem(Reason.InvalidPlan, "no such table")).orElseThrow();

    assertThat(first.status()).isEqualTo(PostHogStatus.FAILED_AT_STARTUP);
    assertThat(first.ownError().orElseThrow().message()).isEqualTo("12 GB free of 13");
    assertThat(first.finished()).isTrue();
    assertThat(later.occasion()).isEqualTo(first.occasion());
    assertThat(other.occasion()).isNotEqualTo(first.occasion());
  }

  @Test
  void aStopThatNoOperationFailedOfIsTold() {
    Recorded stopped = ended("STOPPING RESTORED", Phase.ERRORED);
    assertThat(stopped.theRun().errors()).isEmpty();

    assertThat(at(MirrorMode.AT_END, stopped).orElseThrow().ownError())
        .isEqualTo(stopped.outcome());
  }

  @Test
  void whatIsNotRequiredIsCompleteAndWhatWasAdoptedIsLeftAlone() {
    Reflection complete = withoutRun(MirrorMode.AT_END, Reason.NotRequired).orElseThrow();

    assertThat(complete.status()).isEqualTo(PostHogStatus.COMPLETED);
    assertThat(complete.progress()).isEqualTo(100);
    assertThat(complete.operationIndex()).isZero();
    assertThat(withoutRun(MirrorMode.AT_END, Reason.Adopted)).isEmpty();
    assertThat(withoutRun(MirrorMode.OFF, Reason.NotRequired)).isEmpty();
  }

  @Test
  void whatWasNotStartedIsNotWritten() {
    assertThat(at(MirrorMode.WHILE_RUNNING, Recorded.NOTHING)).isEmpty();
  }

  @Test
  void switchedOffItOnlyTakesBackWhatItHadWritten() {
    Reflection end = at(MirrorMode.OFF, ended("RUNNING RESTORED", Phase.COMPLETED)).orElseThrow();

    assertThat(end.releases()).isTrue();
    assertThat(end.status()).isEqualTo(PostHogStatus.COMPLETED);
  }

  private static Optional<Reflection> at(MirrorMode mode, Recorded recorded) {
    return new Reflections(mode, KEY).of(recorded, 42);
  }

  private static Optional<Reflection> refused(Problem why) {
    return at(
        MirrorMode.AT_END,
        new Recorded(3, Phase.FAILED_AT_STARTUP, 0, 0, Optional.of(why), Optional.empty()));
  }

  private static Optional<Reflection> withoutRun(MirrorMode mode, Reason why) {
    return at(
        mode,
        new Recorded(
            3,
            Phase.COMPLETED,
            0,
            0,
            Optional.of(new Problem(why, "as the test wants it")),
            Optional.empty()));
  }

  private static Recorded ended(String example, Phase phase) {
    return Examples.all().stream()
        .filter(e -> e.name().equals(example) && e.shown().phase() == phase)
        .findFirst()
        .orElseThrow()
        .shown();
  }

  private static Recorded before(String example) {
    return Examples.all().stream()
        .filter(e -> e.name().equals(example))
        .findFirst()
        .orElseThrow()
        .before();
  }

  /** Between two steps of a run. */
  private static Recorded in(Phase phase) {
    return before(phase + " LEASE_TAKEN");
  }
}
