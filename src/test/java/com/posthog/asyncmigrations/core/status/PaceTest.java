package com.posthog.asyncmigrations.core.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlanCompiler;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.Undo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
  private static final Recorded RUNNING = recorded(Phase.RUNNING, 1);

  private Pace pace = Pace.UNKNOWN;

  @Test
  void nothingIsKnownOfOneLook() {
    see(0, 100, 0.1);
    assertThat(pace.rowsPerSecond()).isEmpty();
    assertThat(pace.end()).isEmpty();
  }

  @Test
  void rowsAndTimeLeftFollowFromTheFirstAndTheLastLook() {
    see(0, 1_000, 0.1);
    see(4, 1_100, 0.15);
    see(10, 3_000, 0.3);

    assertThat(pace.rowsPerSecond()).contains(200L);
    assertThat(pace.end()).contains(START.plusSeconds(10 + 35));
  }

  @Test
  void whatIsOlderThanAMinuteCountsNoMore() {
    see(0, 1, 0.01);
    see(30, 100, 0.3);
    see(90, 700, 0.6);

    assertThat(pace.rowsPerSecond()).contains(10L);
    assertThat(pace.end()).contains(START.plusSeconds(90 + 80));
  }

  @Test
  void whatStandsStillHasNoEnd() {
    see(0, 100, 0.5);
    see(10, 100, 0.5);

    assertThat(pace.rowsPerSecond()).contains(0L);
    assertThat(pace.end()).isEmpty();
  }

  @Test
  void whereNobodyCanTellHowMuchIsLeftThereIsNoEnd() {
    see(0, 100, 0);
    see(10, 200, 0);

    assertThat(pace.rowsPerSecond()).contains(10L);
    assertThat(pace.end()).isEmpty();
  }

  @Test
  void whatIsAllDoneHasNoEndEither() {
    see(0, 100, 0.5);
    see(10, 200, 1);
    assertThat(pace.end()).isEmpty();
  }

  /** A copy that goes on knows only after a moment how much was done before. */
  @Test
  void whatWasDoneBeforeWasNotDoneNow() {
    see(0, 0, 0);
    see(2, 5_000_000, 0.5);
    assertThat(pace.rowsPerSecond()).isEmpty();
    see(4, 5_000_200, 0.6);
    assertThat(pace.rowsPerSecond()).contains(100L);
  }

  @Test
  void whatIsDoneAgainIsMeasuredAgain() {
    see(0, 100, 0.5);
    see(10, 50, 0.2);
    assertThat(pace.rowsPerSecond()).isEmpty();
    see(20, 150, 0.4);
    assertThat(pace.rowsPerSecond()).contains(10L);
  }

  @Test
  void aServerThatIsSilentTellsNothingAndThenNothingIsKnown() {
    see(0, 100, 0.1);
    see(10, 200, 0.2);
    EffectView silent =
        new EffectView.Looking(new Problem(Reason.DatabaseUnreachable, "no answer"));

    pace = pace.seen(RUNNING, silent, START.plusSeconds(20));
    assertThat(pace.rowsPerSecond()).contains(10L);
    pace = pace.seen(RUNNING, silent, START.plusSeconds(71));
    assertThat(pace.rowsPerSecond()).isEmpty();
  }

  @Test
  void anotherAttemptIsAnotherOperation() {
    see(0, 100, 0.1);
    pace =
        pace.seen(
            recorded(Phase.RUNNING, 2), new EffectView.Running(0.2, 200), START.plusSeconds(10));
    assertThat(pace.rowsPerSecond()).isEmpty();
  }

  @Test
  void whatDoesNotRunHasNoPace() {
    see(0, 100, 0.1);
    see(10, 200, 0.2);
    for (Phase phase : List.of(Phase.PAUSED, Phase.ROLLING_BACK, Phase.COMPLETED)) {
      assertThat(pace.seen(recorded(phase, 1), new EffectView.Running(0.3, 300), START))
          .isEqualTo(Pace.UNKNOWN);
    }
    assertThat(pace.seen(Recorded.NOTHING, EffectView.NONE, START)).isEqualTo(Pace.UNKNOWN);
  }

  private void see(long second, long rows, double fraction) {
    pace = pace.seen(RUNNING, new EffectView.Running(fraction, rows), START.plusSeconds(second));
  }

  private static Recorded recorded(Phase phase, int attempt) {
    Plan plan =
        PlanCompiler.compile(
                "0001_test",
                List.of(),
                List.of(
                    new PlanCompiler.Draft(
                        "fill",
                        Kind.SQL,
                        List.of(
                            new Step.ClickHouseStatement(
                                "SELECT 1", Map.of(), Map.of(), OnUnknown.FAIL)),
                        new Undo.NotNeeded(),
                        Duration.ofHours(2),
                        1,
                        Optional.empty())),
                List.of())
            .asPlan()
            .orElseThrow();
    return new Recorded(
        1, phase, attempt, 0, Optional.empty(), Optional.of(Run.starting("0a1b2c3d", plan, START)));
  }
}
