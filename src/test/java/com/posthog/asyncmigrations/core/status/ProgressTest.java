package com.posthog.asyncmigrations.core.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.OperationRecord;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Position;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final EffectView HALF = new EffectView.Running(0.5, 1);

  /** Three operations of weights 1, 2 and 1; the second has two steps. */
  private static final Plan PLAN =
      PlanCompiler.compile(
              "0001_test",
              List.of(),
              List.of(draft("a", 1, 1), draft("b", 2, 2), draft("c", 1, 1)),
              List.of())
          .asPlan()
          .orElseThrow();

  @Test
  void countsWeightsAndTheStepUnderWay() {
    assertThat(percent(at(0, 0), EffectView.NONE)).isEqualTo(0);
    assertThat(percent(at(0, 0), HALF)).isEqualTo(12);
    assertThat(percent(at(1, 0), EffectView.NONE)).isEqualTo(25);
    assertThat(percent(at(1, 0), HALF)).isEqualTo(37);
    assertThat(percent(at(1, 1), HALF)).isEqualTo(62);
    assertThat(percent(at(2, 0), HALF)).isEqualTo(87);
  }

  @Test
  void isHundredOnlyAtTheEnd() {
    Run done = at(3, 0);

    assertThat(percent(done, EffectView.NONE)).isEqualTo(99);
    assertThat(Progress.percent(recorded(Phase.COMPLETED, done), EffectView.NONE, 0))
        .isEqualTo(100);
  }

  @Test
  void doesNotFallWhileGoingForwards() {
    assertThat(Progress.percent(recorded(Phase.RUNNING, at(1, 0)), EffectView.NONE, 60))
        .isEqualTo(60);
  }

  @Test
  void fallsToNothingWithARollback() {
    Run run = at(2, 0);
    Run back =
        new Run(
            run.id(),
            Optional.empty(),
            run.plan(),
            new Position(Position.Stage.BACKWARD, 1, 0, 1),
            2,
            List.of(),
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            0,
            Optional.of(0),
            Optional.empty(),
            List.of(),
            run.operations(),
            List.of(),
            NOW,
            Optional.empty());

    assertThat(Progress.percent(recorded(Phase.ROLLING_BACK, back), HALF, 60)).isEqualTo(0);
    assertThat(Progress.percent(recorded(Phase.ROLLED_BACK, back), HALF, 60)).isEqualTo(0);
  }

  @Test
  void isNothingWithoutARun() {
    assertThat(Progress.percent(Recorded.NOTHING, EffectView.NONE, 0)).isEqualTo(0);
  }

  private static int percent(Run run, EffectView effect) {
    return Progress.percent(recorded(Phase.RUNNING, run), effect, 0);
  }

  private static Recorded recorded(Phase phase, Run run) {
    return new Recorded(1, phase, 1, 0, Optional.empty(), Optional.of(run));
  }

  private static Run at(int operation, int step) {
    Run fresh = Run.starting("0a1b2c3d", PLAN, NOW);
    List<OperationRecord> operations = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      operations.add(
          i < operation
              ? new OperationRecord(
                  OperationRecord.State.COMPLETED,
                  Optional.of(NOW),
                  Optional.of(NOW),
                  1,
                  1,
                  Optional.empty())
              : OperationRecord.PENDING);
    }
    return new Run(
        fresh.id(),
        Optional.empty(),
        PLAN,
        new Position(Position.Stage.FORWARD, operation, step, 1),
        operation + 1,
        List.of(),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        operations,
        List.of(),
        NOW,
        Optional.empty());
  }

  private static PlanCompiler.Draft draft(String name, long weight, int steps) {
    Step step = new Step.ClickHouseStatement(name, Map.of(), Map.of(), OnUnknown.FAIL);
    return new PlanCompiler.Draft(
        name,
        Kind.SQL,
        java.util.Collections.nCopies(steps, step),
        new Undo.NotNeeded(),
        Duration.ofHours(2),
        weight,
        Optional.empty());
  }
}
