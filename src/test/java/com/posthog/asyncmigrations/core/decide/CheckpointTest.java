package com.posthog.asyncmigrations.core.decide;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.check.Gate;
import com.posthog.asyncmigrations.core.check.Gate.Scope;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CheckpointTest {
  private static final Problem OUTCOME = Samples.problem(Reason.PrecheckFailed);

  @Test
  void beforeARun() {
    Recorded fresh = Scenario.withoutRun(Phase.NOT_STARTED).recorded();
    Recorded refused = Scenario.withoutRun(Phase.FAILED_AT_STARTUP).recorded();

    assertThat(Checkpoint.scope(desired(Wish.COMPLETED, 0), fresh)).isEqualTo(Scope.START);
    assertThat(Checkpoint.scope(desired(Wish.IDLE, 0), fresh)).isEqualTo(Scope.NEED);
    assertThat(Checkpoint.scope(desired(Wish.COMPLETED, 0), refused)).isEqualTo(Scope.START);
    assertThat(Checkpoint.scope(desired(Wish.IDLE, 0), refused)).isEqualTo(Scope.START);
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      names = {"PAUSED", "AWAITING_APPROVAL", "ERRORED", "ROLLED_BACK"})
  void beforeAResume(Phase phase) {
    Recorded recorded = Scenario.in(phase).nonce(1, 0).recorded();

    assertThat(Checkpoint.scope(approving(Wish.COMPLETED), recorded)).isEqualTo(Scope.RESUME);
    for (Wish other : List.of(Wish.IDLE, Wish.PAUSED, Wish.STOPPED, Wish.ROLLED_BACK)) {
      assertThat(Checkpoint.scope(approving(other), recorded)).isEqualTo(Scope.NOTHING);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      names = {"STARTING", "RUNNING", "STOPPING", "ROLLING_BACK", "COMPLETED"})
  void whatGoesOnAsksNothing(Phase phase) {
    assertThat(Checkpoint.scope(approving(Wish.COMPLETED), Scenario.in(phase).recorded()))
        .isEqualTo(Scope.NOTHING);
  }

  @Test
  void whatHasEndedAsksOnlyWhenItIsTakenUpAgain() {
    Recorded errored = Scenario.in(Phase.ERRORED).recorded();
    Recorded rejected =
        Scenario.in(Phase.ERRORED).outcome(Samples.problem(Reason.ApprovalRejected)).recorded();
    Recorded backwards = Scenario.in(Phase.ERRORED).run(r -> r.rolledBackFor(0)).recorded();

    assertThat(Checkpoint.scope(desired(Wish.COMPLETED, 0), errored)).isEqualTo(Scope.NOTHING);
    assertThat(Checkpoint.scope(desired(Wish.COMPLETED, 1), errored)).isEqualTo(Scope.RESUME);
    assertThat(Checkpoint.scope(desired(Wish.COMPLETED, 0), rejected)).isEqualTo(Scope.RESUME);
    assertThat(Checkpoint.scope(desired(Wish.COMPLETED, 1), backwards)).isEqualTo(Scope.NOTHING);
    assertThat(
            Checkpoint.scope(
                desired(Wish.COMPLETED, 1), Scenario.in(Phase.AWAITING_APPROVAL).recorded()))
        .isEqualTo(Scope.NOTHING);
  }

  @Test
  void aRefusalStandsUntilTheChecksWereMadeAgain() {
    Recorded refused = Scenario.withoutRun(Phase.FAILED_AT_STARTUP).outcome(OUTCOME).recorded();
    Recorded fresh = Scenario.withoutRun(Phase.NOT_STARTED).recorded();

    assertThat(Checkpoint.refusal(refused, obstacle(Reason.Checking, false))).contains(OUTCOME);
    assertThat(Checkpoint.refusal(refused, obstacle(Reason.WaitingForDependency, true))).isEmpty();
    assertThat(Checkpoint.refusal(fresh, obstacle(Reason.Checking, false))).isEmpty();
    assertThat(
            Checkpoint.refusal(
                refused,
                new Gate.Answer(Optional.empty(), Optional.empty(), true, true, List.of())))
        .isEmpty();
    Problem another = Samples.problem(Reason.VersionTooNew);
    assertThat(
            Checkpoint.refusal(
                refused,
                new Gate.Answer(Optional.empty(), Optional.of(another), true, true, List.of())))
        .contains(another);
  }

  @Test
  void aDryRunAsksWhatAStartWould() {
    Desired dry = desired(Wish.COMPLETED, 0).asDryRun();

    assertThat(Checkpoint.scope(dry, Scenario.withoutRun(Phase.NOT_STARTED).recorded()))
        .isEqualTo(Gate.Scope.START);
    assertThat(Checkpoint.scope(dry, Scenario.in(Phase.PAUSED).recorded()))
        .isEqualTo(Gate.Scope.NOTHING);
    assertThat(dry.notFollowedBy(Scenario.in(Phase.RUNNING).recorded().theRun()))
        .hasValueSatisfying(what -> assertThat(what).contains("dryRun is true by now"));
  }

  @Test
  void healthIsWatchedWhileARunGoesOn() {
    for (Phase phase : Phase.values()) {
      assertThat(Checkpoint.watchesHealth(Scenario.in(phase).recorded()))
          .isEqualTo(phase == Phase.RUNNING || phase == Phase.AWAITING_APPROVAL);
    }
    assertThat(
            Checkpoint.watchesHealth(
                Scenario.in(Phase.RUNNING)
                    .run(r -> r.ending(Phase.COMPLETED, Samples.problem()))
                    .recorded()))
        .isFalse();
  }

  private static Gate.Answer obstacle(Reason reason, boolean known) {
    return new Gate.Answer(
        Optional.of(Samples.problem(reason)), Optional.empty(), true, known, List.of());
  }

  private static Desired desired(Wish wish, int nonce) {
    return new Desired(wish, nonce, Scenario.PLAN, List.of(), Desired.Policy.DEFAULT, Checks.NONE);
  }

  private static Desired approving(Wish wish) {
    String hash = Scenario.PLAN.asPlan().orElseThrow().hash();
    return new Desired(
        wish,
        1,
        Scenario.PLAN,
        List.of(new Desired.Approval("look", hash, true, "")),
        Desired.Policy.DEFAULT,
        Checks.NONE);
  }
}
