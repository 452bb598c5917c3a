package com.posthog.asyncmigrations.operation.sql;

import com.posthog.asyncmigrations.clickhouse.Answer;
import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.QueryLookup;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;

/** Runs a statement on the node of its intent, under the id of its intent. */
public final class ClickHouseStatements implements StepRunner<Step.ClickHouseStatement> {
  private final ClickHouseCluster cluster;
  private final QueryLookup servers;
  private final Flights flights;
  private final Recognition recognition;

  /** On this cluster. */
  public ClickHouseStatements(ClickHouseCluster cluster, Flights flights, Recognition recognition) {
    this.cluster = cluster;
    this.servers = new QueryLookup(cluster);
    this.flights = flights;
    this.recognition = recognition;
  }

  @Override
  public void submit(Intent intent, Step.ClickHouseStatement step, Runnable wake) {
    flights.launch(intent.effectId(), () -> run(intent, step), wake);
  }

  private EffectView run(Intent intent, Step.ClickHouseStatement step) throws AnswerLost {
    try {
      Answer answer =
          cluster.run(
              intent.node().address(),
              step.sql(),
              intent.effectId(),
              step.settings(),
              step.parameters());
      return new EffectView.Finished(answer.readRows());
    } catch (ProblemException e) {
      return new EffectView.Failed(e.problem());
    }
  }

  @Override
  public EffectView observe(Intent intent, Step.ClickHouseStatement step, LeaseView.Held lease) {
    return recognition.of(intent, lease, () -> servers.find(intent.effectId(), intent.node()));
  }

  @Override
  public void kill(Intent intent, Step.ClickHouseStatement step) {
    servers.kill(intent.effectId(), intent.node());
  }
}
