package com.posthog.asyncmigrations.kubernetes.migration;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.ErrorStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.TargetStatus;
import com.posthog.asyncmigrations.api.CheckStatus;
import com.posthog.asyncmigrations.api.PlanStatus;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StatusBudgetTest {
  /** One byte, three bytes, and six of JSON, each. */
  @ParameterizedTest
  @ValueSource(strings = {"x", "…", "\u0001"})
  void theLargestStatusIsWithinTheBudget(String letter) {
    for (int at : new int[] {0, 250, 499}) {
      AsyncMigrationStatus whole = LargeRun.at(at, letter).render();
      assertThat(StatusBudget.bytes(whole)).isGreaterThan(2 * StatusBudget.MOST);

      AsyncMigrationStatus status = StatusBudget.fit(whole);

      assertThat(StatusBudget.bytes(status)).isLessThanOrEqualTo(StatusBudget.MOST);
      assertThat(status.operations()).extracting(OperationStatus::index).contains(at);
      assertThat(status.errors().get(0).message()).startsWith("error 999");
      assertThat(status.conditions()).hasSize(3);
    }
  }

  /** What a dry run has found, beside as many checks as there can be. */
  @ParameterizedTest
  @ValueSource(strings = {"x", "…", "\u0001"})
  void theLargestPlanIsWithinTheBudget(String letter) {
    AsyncMigrationStatus whole = LargeRun.notStarted(letter, LargePlan.of(letter));
    assertThat(StatusBudget.bytes(whole)).isGreaterThan(2 * StatusBudget.MOST);

    AsyncMigrationStatus status = StatusBudget.fit(whole);

    assertThat(StatusBudget.bytes(status)).isLessThanOrEqualTo(StatusBudget.MOST);
    PlanStatus plan = status.plan();
    assertThat(plan.planHash()).hasSize(64);
    assertThat(plan.ready()).isFalse();
    assertThat(plan.problemsTotal()).isEqualTo(LargePlan.OPERATIONS);
    assertThat(plan.operationsTotal()).isEqualTo(LargePlan.OPERATIONS);
    assertThat(plan.problems()).isNotEmpty();
    assertThat(plan.operations())
        .isNotEmpty()
        .allSatisfy(o -> assertThat(o.rows()).isEqualTo(Long.MAX_VALUE));
    assertThat(plan.operations().get(0).name()).endsWith("250");
  }

  @Test
  void whatARunIsRestoredFromIsNeverCut() {
    AsyncMigrationStatus whole = LargeRun.at(250, "x").render();

    AsyncMigrationStatus status = StatusBudget.fit(whole);

    assertThat(status.scaledDeployments()).hasSize(10).isEqualTo(whole.scaledDeployments());
    assertThat(status.workers()).isEqualTo(whole.workers());
    assertThat(status.runId()).isEqualTo(whole.runId());
    assertThat(status.servers()).isEqualTo(whole.servers());
    assertThat(status.revision()).isEqualTo(whole.revision());
    assertThat(status.intent().queryId()).isEqualTo(whole.intent().queryId());
  }

  @Test
  void whatDoesNotPassAndWhatStillRunsIsToldFirst() {
    AsyncMigrationStatus status = StatusBudget.fit(LargeRun.at(250, "x").render());

    assertThat(status.checks()).isNotEmpty().extracting(CheckStatus::result).contains("Failed");
    assertThat(status.checks().get(0).result()).isEqualTo("Failed");
    assertThat(status.intent().targets())
        .isNotEmpty()
        .extracting(TargetStatus::state)
        .containsOnly("Open");
  }

  /** Long errors alone: the newest is whole, and so is everything else. */
  @Test
  void olderErrorsAreCutFirst() {
    AsyncMigrationStatus small = LargeRun.at(250, "x").withoutBallast().render();
    AsyncMigrationStatus status = StatusBudget.fit(small);

    assertThat(StatusBudget.bytes(small)).isGreaterThan(StatusBudget.MOST);
    assertThat(status.errors()).hasSize(10);
    assertThat(status.errors().get(0)).isEqualTo(small.errors().get(0));
    assertThat(status.errors().subList(1, 10))
        .extracting(ErrorStatus::message)
        .allSatisfy(message -> assertThat(message).hasSize(200).endsWith("…"));
    assertThat(status.conditions()).isEqualTo(small.conditions());
    assertThat(status.operations()).hasSize(20);
    assertThat(status.operations())
        .filteredOn(o -> o.output() != null)
        .extracting(OperationStatus::index)
        .containsExactly(250);
  }

  @Test
  void whatIsWithinTheBudgetStaysAsItIs() {
    AsyncMigrationStatus whole = LargeRun.at(250, "x").withoutBallast().withoutErrors().render();

    assertThat(StatusBudget.fit(whole)).isSameAs(whole);
  }

  /** Conditions that are written beside an older status are within it, too. */
  @Test
  void otherConditionsDoNotBreakTheBudget() {
    AsyncMigrationStatus before = StatusBudget.fit(LargeRun.at(250, "x").render());

    AsyncMigrationStatus status =
        StatusBudget.fit(
            RecordedStatus.withConditions(
                before, LargeRun.conditions("y"), new StatusTime(2, LargeRun.NOW)));

    assertThat(StatusBudget.bytes(status)).isLessThanOrEqualTo(StatusBudget.MOST);
    assertThat(status.conditions().get(0).message()).startsWith("yyy");
    assertThat(Arrays.asList(status.phase(), status.runId()))
        .containsExactly(before.phase(), before.runId());
  }
}
