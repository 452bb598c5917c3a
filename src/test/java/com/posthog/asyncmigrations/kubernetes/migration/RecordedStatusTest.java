package com.posthog.asyncmigrations.kubernetes.migration;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RecordedStatusTest {
  private static final LargeRun RUN = LargeRun.at(7, "x").withoutBallast();

  @Test
  void theQueryIsTheOneThatRunsNow() {
    EffectView.Running running = new EffectView.Running(0.5, 0);

    AsyncMigrationStatus whole = RUN.render(running);
    AsyncMigrationStatus inPieces = RUN.render(running.by(Optional.of("id.piece.7")));

    assertThat(whole.currentQueryId()).isEqualTo(whole.intent().queryId());
    assertThat(inPieces.currentQueryId()).isEqualTo("id.piece.7");
    assertThat(inPieces.intent()).isEqualTo(whole.intent());
  }

  /** A tenth was done within a second, and eight are left. */
  @Test
  void theSpeedAndTheEndAreShown() {
    AsyncMigrationStatus status = RUN.render();

    assertThat(status.throughput()).isEqualTo(Long.MAX_VALUE);
    assertThat(status.eta()).isEqualTo(LargeRun.NOW.plusSeconds(8));
  }

  @Test
  void conditionsThatAreWrittenAloneShowNoSpeed() {
    AsyncMigrationStatus status =
        RecordedStatus.withConditions(
            RUN.render(), LargeRun.conditions("y"), new StatusTime(2, LargeRun.NOW));

    assertThat(status.throughput()).isNull();
    assertThat(status.eta()).isNull();
    assertThat(status.currentQueryId()).isNotNull();
  }

  /** Fewer than none here, because the others are as many as there can be. */
  @Test
  void rowsOfTheStepUnderWayCount() {
    AsyncMigrationStatus before = RUN.render();
    AsyncMigrationStatus status = RUN.render(new EffectView.Running(0.5, -7));

    assertThat(before.operations().get(7).rows()).isEqualTo(Long.MAX_VALUE);
    assertThat(status.operations().get(7).rows()).isEqualTo(Long.MAX_VALUE - 7);
    assertThat(status.operations().get(6).rows()).isEqualTo(Long.MAX_VALUE);
  }
}
