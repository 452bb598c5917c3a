package com.posthog.asyncmigrations.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.Position;
import org.junit.jupiter.api.Test;

class StepNameTest {
  @Test
  void leavesOutTheMigration() {
    Position position = new Position(Position.Stage.BACKWARD, 12, 3, 4);
    String effectId = Intent.effectId("0002-a-b-1-f0-0-pg-1", "0a1b2c3d", 7, position, "pg");
    StepName name = StepName.of(effectId);
    assertThat(name.text()).isEqualTo("asyncmig:0a1b2c3d:7:r12-3-4");
    assertThat(name.runId()).isEqualTo("0a1b2c3d");
  }

  @Test
  void refusesWhatPostgresWouldCut() {
    String effectId = "m-0a1b2c3d-1-f0-0-pg-" + "1".repeat(60);
    assertThatThrownBy(() -> StepName.of(effectId)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesAnythingElse() {
    assertThatThrownBy(() -> StepName.of("anything")).isInstanceOf(IllegalArgumentException.class);
  }
}
