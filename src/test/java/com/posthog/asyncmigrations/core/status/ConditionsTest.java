package com.posthog.asyncmigrations.core.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Examples;
import com.posthog.asyncmigrations.core.decide.Examples.Example;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What kstatus, and so Helm, Argo CD and Flux, make of every case of the phase table. */
class ConditionsTest {

  @ParameterizedTest
  @MethodSource("com.posthog.asyncmigrations.core.decide.Examples#all")
  void exactlyOneHolds(Example example) {
    List<Condition> conditions = Conditions.of(example.shown(), example.choice());

    assertThat(conditions.stream().map(Condition::type)).containsExactly(Condition.Type.values());
    assertThat(conditions.stream().filter(Condition::holds)).hasSize(1);
    assertThat(conditions.stream().map(Condition::reason).distinct()).hasSize(1);
    assertThat(conditions).allSatisfy(c -> assertThat(c.message()).isNotBlank());
  }

  @Test
  void saysWhatIsSo() {
    assertThat(holding("NOT_STARTED NOT_WANTED")).isEqualTo("Reconciling WaitingForStart");
    assertThat(holding("NOT_STARTED PLAN_INVALID")).isEqualTo("Stalled InvalidPlan");
    assertThat(holding("FAILED_AT_STARTUP RECOVERED")).isEqualTo("Reconciling Starting");
    assertThat(holding("STARTING WORKERS_FOUND")).isEqualTo("Reconciling Starting");
    assertThat(holding("RUNNING STEP_RUNNING")).isEqualTo("Reconciling Running");
    assertThat(holding("RUNNING NEXT_STEP")).isEqualTo("Reconciling Running");
    assertThat(holding("RUNNING ALL_DONE")).isEqualTo("Reconciling Restoring");
    assertThat(holding("RUNNING STOP_WANTED")).isEqualTo("Reconciling Stopping");
    assertThat(holding("RUNNING OBSTACLE")).isEqualTo("Reconciling StatementFailed");
    assertThat(holding("RUNNING LEDGER_LOST")).isEqualTo("Stalled LedgerLost");
    assertThat(holding("RUNNING LEASE_TAKEN")).isEqualTo("Reconciling AnotherRuns");
    assertThat(holding("PAUSED NOTHING_WANTED")).isEqualTo("Reconciling Paused");
    assertThat(holding("AWAITING_APPROVAL APPROVAL_OPEN")).isEqualTo("Reconciling ApprovalPending");
    assertThat(holding("ROLLING_BACK NEXT_STEP")).isEqualTo("Reconciling RollingBack");
    assertThat(holding("ERRORED NOTHING_WANTED")).isEqualTo("Stalled StatementFailed");
    assertThat(holding("ERRORED OBSTACLE")).isEqualTo("Reconciling StatementFailed");
    assertThat(holding("COMPLETED NOTHING_WANTED")).isEqualTo("Ready StatementFailed");
    assertThat(holding("COMPLETED ROLLBACK_REFUSED")).isEqualTo("Stalled NothingToRollBack");
  }

  /** A rollback is what was wanted, or it is not. */
  @Test
  void rolledBackIsReadyOnlyWhenItWasWanted() {
    assertThat(
            Examples.all().stream()
                .filter(e -> e.name().equals("ROLLED_BACK NOTHING_WANTED"))
                .map(e -> e.wishesRollback() + " " + type(e))
                .distinct())
        .containsExactlyInAnyOrder("true Ready", "false Stalled");
  }

  @Test
  void onlyRepeatsTheReason() {
    assertThat(Conditions.only(Condition.Type.Stalled, Examples.problem()))
        .allSatisfy(c -> assertThat(c.reason()).isEqualTo(Reason.StatementFailed));
  }

  private static String holding(String name) {
    Example example =
        Examples.all().stream().filter(e -> e.name().equals(name)).findFirst().orElseThrow();
    Condition holds = condition(example);
    return holds.type() + " " + holds.reason();
  }

  private static Condition.Type type(Example example) {
    return condition(example).type();
  }

  private static Condition condition(Example example) {
    return Conditions.of(example.shown(), example.choice()).stream()
        .filter(Condition::holds)
        .findFirst()
        .orElseThrow();
  }
}
