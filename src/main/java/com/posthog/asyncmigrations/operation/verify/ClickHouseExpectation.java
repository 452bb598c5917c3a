package com.posthog.asyncmigrations.operation.verify;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Question;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import java.util.List;
import java.util.Map;

/** Asks ClickHouse for one value, and judges it. */
public final class ClickHouseExpectation implements StepRunner<Step.ExpectValue> {
  /** Only the first row counts. */
  private static final Map<String, String> ONE_ROW = Map.of("limit", "1");

  private final ClickHouseCluster cluster;
  private final Question question;

  /** On this cluster. */
  public ClickHouseExpectation(
      ClickHouseCluster cluster, Flights flights, Recognition recognition) {
    this.cluster = cluster;
    question = new Question(cluster, flights, recognition);
  }

  @Override
  public void submit(Intent intent, Step.ExpectValue step, Runnable wake) {
    question.ask(intent, () -> judge(intent, step), wake);
  }

  private EffectView judge(Intent intent, Step.ExpectValue step) throws AnswerLost {
    List<List<String>> rows =
        cluster
            .read(
                intent.node().address(), step.sql(), intent.effectId(), ONE_ROW, step.parameters())
            .rows();
    String wanted = step.expectation().describe();
    if (rows.isEmpty()) {
      return Verdict.failed("the query found no row, and would pass with " + wanted);
    }
    String value = rows.get(0).get(0);
    return step.expectation().passes(value)
        ? new EffectView.Finished(1)
        : Verdict.failed("the query found '%s', and would pass with %s".formatted(value, wanted));
  }

  @Override
  public EffectView observe(Intent intent, Step.ExpectValue step, LeaseView.Held lease) {
    return question.observe(intent, lease);
  }

  @Override
  public void kill(Intent intent, Step.ExpectValue step) {
    question.kill(intent);
  }
}
