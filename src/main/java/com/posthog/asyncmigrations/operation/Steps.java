package com.posthog.asyncmigrations.operation;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;

/**
 * Finds the runner of a step by its kind: whoever adds a kind is told by the compiler to add it
 * here.
 */
public final class Steps implements StepRunner<Step> {
  private final StepRunner<Step.ClickHouseStatement> clickHouse;
  private final StepRunner<Step.PostgresStatement> postgres;
  private final StepRunner<Step.CompareTables> comparison;
  private final StepRunner<Step.ExpectValue> clickHouseExpectation;
  private final StepRunner<Step.ExpectValue> postgresExpectation;
  private final StepRunner<Step.ListItems> clickHouseItems;
  private final StepRunner<Step.ListItems> postgresItems;

  /** With a runner for each kind. */
  public Steps(
      StepRunner<Step.ClickHouseStatement> clickHouse,
      StepRunner<Step.PostgresStatement> postgres,
      StepRunner<Step.CompareTables> comparison,
      StepRunner<Step.ExpectValue> clickHouseExpectation,
      StepRunner<Step.ExpectValue> postgresExpectation,
      StepRunner<Step.ListItems> clickHouseItems,
      StepRunner<Step.ListItems> postgresItems) {
    this.clickHouse = clickHouse;
    this.postgres = postgres;
    this.comparison = comparison;
    this.clickHouseExpectation = clickHouseExpectation;
    this.postgresExpectation = postgresExpectation;
    this.clickHouseItems = clickHouseItems;
    this.postgresItems = postgresItems;
  }

  /** Which of the databases a step runs on. */
  public static Step.DatabaseKind databaseOf(Step step) {
    return step.fold(
        new Step.Cases<>() {
          @Override
          public Step.DatabaseKind clickHouse(Step.ClickHouseStatement s) {
            return Step.DatabaseKind.CLICKHOUSE;
          }

          @Override
          public Step.DatabaseKind postgres(Step.PostgresStatement s) {
            return Step.DatabaseKind.POSTGRESQL;
          }

          @Override
          public Step.DatabaseKind compare(Step.CompareTables s) {
            return Step.DatabaseKind.CLICKHOUSE;
          }

          @Override
          public Step.DatabaseKind expect(Step.ExpectValue s) {
            return s.database();
          }

          @Override
          public Step.DatabaseKind list(Step.ListItems s) {
            return s.database();
          }
        });
  }

  @Override
  public void submit(Intent intent, Step step, Runnable wake) {
    with(
        step,
        new Call<Void>() {
          @Override
          public <S extends Step> Void on(StepRunner<S> runner, S s) {
            runner.submit(intent, s, wake);
            return null;
          }
        });
  }

  @Override
  public EffectView observe(Intent intent, Step step, LeaseView.Held lease) {
    return with(
        step,
        new Call<>() {
          @Override
          public <S extends Step> EffectView on(StepRunner<S> runner, S s) {
            return runner.observe(intent, s, lease);
          }
        });
  }

  @Override
  public void kill(Intent intent, Step step) {
    with(
        step,
        new Call<Void>() {
          @Override
          public <S extends Step> Void on(StepRunner<S> runner, S s) {
            runner.kill(intent, s);
            return null;
          }
        });
  }

  /** What is done with the runner of a step. */
  private interface Call<R> {
    <S extends Step> R on(StepRunner<S> runner, S step);
  }

  private <R> R with(Step step, Call<R> call) {
    return step.fold(
        new Step.Cases<>() {
          @Override
          public R clickHouse(Step.ClickHouseStatement s) {
            return call.on(clickHouse, s);
          }

          @Override
          public R postgres(Step.PostgresStatement s) {
            return call.on(postgres, s);
          }

          @Override
          public R compare(Step.CompareTables s) {
            return call.on(comparison, s);
          }

          @Override
          public R expect(Step.ExpectValue s) {
            return switch (s.database()) {
              case CLICKHOUSE -> call.on(clickHouseExpectation, s);
              case POSTGRESQL -> call.on(postgresExpectation, s);
            };
          }

          @Override
          public R list(Step.ListItems s) {
            return switch (s.database()) {
              case CLICKHOUSE -> call.on(clickHouseItems, s);
              case POSTGRESQL -> call.on(postgresItems, s);
            };
          }
        });
  }
}
