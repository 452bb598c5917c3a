package com.posthog.asyncmigrations.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Recorded;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecordedJsonTest {
  private final RecordedJson json = new RecordedJson();

  @Test
  void keepsEverything() {
    Recorded rich = Records.rich();
    assertThat(json.read(json.state(rich), Optional.of(json.plan(Records.plan())))).isEqualTo(rich);
  }

  @Test
  void keepsNothing() {
    assertThat(json.read(json.state(Recorded.NOTHING), Optional.empty()))
        .isEqualTo(Recorded.NOTHING);
  }

  @Test
  void keepsThePlanOutOfTheState() {
    assertThat(json.state(Records.rich()))
        .doesNotContain("SELECT")
        .contains("\"effectId\":\"0001_events-0a1b2c3d-1-f0-0-pg-2\"");
  }

  @Test
  void passesOverFieldsThatANewerOperatorHasWritten() {
    Recorded rich = Records.rich();
    String state = json.state(rich).replace("\"attempt\":", "\"newer\":{\"x\":[1]},\"attempt\":");
    String plan = json.plan(Records.plan()).replace("\"weight\":", "\"newer\":1,\"weight\":");
    assertThat(state).contains("newer");
    assertThat(plan).contains("newer");
    assertThat(json.read(state, Optional.of(plan))).isEqualTo(rich);
  }

  @Test
  void readsListsThatAnOlderOperatorHasNotWritten() {
    Recorded rich = Records.rich();
    String state =
        json.state(rich)
            .replace("\"parts\":[],", "")
            .replace("\"finishedTargets\":[],", "")
            .replace(",\"finishedTargets\":[]", "");
    assertThat(state).doesNotContain("parts", "finishedTargets");
    assertThat(json.read(state, Optional.of(json.plan(Records.plan())))).isEqualTo(rich);
  }

  @Test
  void readsACopyThatAnOlderOperatorHasPlanned() {
    String plan = json.plan(Records.plan()).replace(",\"hardLinks\":false", "");
    assertThat(plan).contains("chunkRows").doesNotContain("hardLinks");
    assertThat(json.read(json.state(Records.rich()), Optional.of(plan))).isEqualTo(Records.rich());
  }

  @Test
  void readsANewerReasonAsAnInternalError() {
    String state = json.state(Records.rich()).replace("\"Stopped\"", "\"Newer\"");
    Recorded read = json.read(state, Optional.of(json.plan(Records.plan())));
    assertThat(read.outcome().orElseThrow().reason()).isEqualTo(Reason.InternalError);
  }

  @Test
  void refusesAnUnknownPhase() {
    String state = json.state(Recorded.NOTHING).replace("NOT_STARTED", "NEWER");
    assertThatThrownBy(() -> json.read(state, Optional.empty()))
        .isInstanceOf(IllegalStateException.class);
  }
}
