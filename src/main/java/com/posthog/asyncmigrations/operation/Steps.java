package com.posthog.asyncmigrations.operation;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Step;

/**
 * Finds the runner of a step by its kind: whoever adds a kind is told by the compiler to add it
 * here.
 */
public final class Steps implements StepRunner<Step> {
  private final OnClickHouse clickHouse;
  private final OnPostgres postgres;
  private final OnKubernetes kubernetes;

  /** With the runners of each system. */
  public Steps(OnClickHouse clickHouse, OnPostgres postgres, OnKubernetes kubernetes) {
    this.clickHouse = clickHouse;
    this.postgres = postgres;
    this.kubernetes = kubernetes;
  }

  /** What runs on ClickHouse. */
  public record OnClickHouse(
      StepRunner<Step.ClickHouseStatement> statements,
      StepRunner<Step.CopyFromPostgres> fromPostgres,
      StepRunner<CopyTable> copies,
      StepRunner<ExchangeTables> exchanges,
      StepRunner<Step.CompareTables> comparisons,
      StepRunner<Step.ExpectValue> expectations,
      StepRunner<Step.ListItems> items,
      StepRunner<Step.Mutate> mutations) {}

  /** What runs on PostgreSQL. */
  public record OnPostgres(
      StepRunner<Step.PostgresStatement> statements,
      StepRunner<Step.BatchUpdate> batches,
      StepRunner<Step.ExpectValue> expectations,
      StepRunner<Step.ListItems> items) {}

  /** What runs on Kubernetes. */
  public record OnKubernetes(
      StepRunner<Step.ScaleDeployment> scaling, StepRunner<Step.RunJob> jobs) {}

  /** What a step runs on. */
  public enum Target {
    CLICKHOUSE,
    POSTGRESQL,
    KUBERNETES;

    private static Target of(Step.DatabaseKind database) {
      return switch (database) {
        case CLICKHOUSE -> CLICKHOUSE;
        case POSTGRESQL -> POSTGRESQL;
      };
    }
  }

  /** What a step runs on. */
  public static Target targetOf(Step step) {
    return step.fold(
        new Step.Cases<>() {
          @Override
          public Target clickHouse(Step.ClickHouseStatement s) {
            return Target.CLICKHOUSE;
          }

          @Override
          public Target postgres(Step.PostgresStatement s) {
            return Target.POSTGRESQL;
          }

          @Override
          public Target batchUpdate(Step.BatchUpdate s) {
            return Target.POSTGRESQL;
          }

          @Override
          public Target copyFromPostgres(Step.CopyFromPostgres s) {
            return Target.CLICKHOUSE;
          }

          @Override
          public Target copy(CopyTable s) {
            return Target.CLICKHOUSE;
          }

          @Override
          public Target exchange(ExchangeTables s) {
            return Target.CLICKHOUSE;
          }

          @Override
          public Target compare(Step.CompareTables s) {
            return Target.CLICKHOUSE;
          }

          @Override
          public Target expect(Step.ExpectValue s) {
            return Target.of(s.database());
          }

          @Override
          public Target list(Step.ListItems s) {
            return Target.of(s.database());
          }

          @Override
          public Target mutate(Step.Mutate s) {
            return Target.CLICKHOUSE;
          }

          @Override
          public Target scale(Step.ScaleDeployment s) {
            return Target.KUBERNETES;
          }

          @Override
          public Target job(Step.RunJob s) {
            return Target.KUBERNETES;
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

  @Override
  public void rest(Intent intent, Step step) {
    with(
        step,
        new Call<Void>() {
          @Override
          public <S extends Step> Void on(StepRunner<S> runner, S s) {
            runner.rest(intent, s);
            return null;
          }
        });
  }

  @Override
  public void settled(Intent intent, Step step) {
    with(
        step,
        new Call<Void>() {
          @Override
          public <S extends Step> Void on(StepRunner<S> runner, S s) {
            runner.settled(intent, s);
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
            return call.on(clickHouse.statements(), s);
          }

          @Override
          public R postgres(Step.PostgresStatement s) {
            return call.on(postgres.statements(), s);
          }

          @Override
          public R batchUpdate(Step.BatchUpdate s) {
            return call.on(postgres.batches(), s);
          }

          @Override
          public R copyFromPostgres(Step.CopyFromPostgres s) {
            return call.on(clickHouse.fromPostgres(), s);
          }

          @Override
          public R copy(CopyTable s) {
            return call.on(clickHouse.copies(), s);
          }

          @Override
          public R exchange(ExchangeTables s) {
            return call.on(clickHouse.exchanges(), s);
          }

          @Override
          public R compare(Step.CompareTables s) {
            return call.on(clickHouse.comparisons(), s);
          }

          @Override
          public R expect(Step.ExpectValue s) {
            return switch (s.database()) {
              case CLICKHOUSE -> call.on(clickHouse.expectations(), s);
              case POSTGRESQL -> call.on(postgres.expectations(), s);
            };
          }

          @Override
          public R list(Step.ListItems s) {
            return switch (s.database()) {
              case CLICKHOUSE -> call.on(clickHouse.items(), s);
              case POSTGRESQL -> call.on(postgres.items(), s);
            };
          }

          @Override
          public R scale(Step.ScaleDeployment s) {
            return call.on(kubernetes.scaling(), s);
          }

          @Override
          public R mutate(Step.Mutate s) {
            return call.on(clickHouse.mutations(), s);
          }

          @Override
          public R job(Step.RunJob s) {
            return call.on(kubernetes.jobs(), s);
          }
        });
  }
}
