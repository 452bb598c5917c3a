package com.posthog.asyncmigrations.operation.items;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Question;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.postgres.Items;
import java.util.Map;

/** Lists items by a query on ClickHouse. */
public final class ClickHouseItems implements StepRunner<Step.ListItems> {
  private static final Map<String, String> LIMIT =
      Map.of("limit", Integer.toString(Items.MOST + 1));

  private final ClickHouseCluster cluster;
  private final ItemList list;
  private final Question question;

  /** On this cluster; the list is kept here. */
  public ClickHouseItems(
      ClickHouseCluster cluster,
      Items items,
      MigrationKey key,
      Flights flights,
      Recognition recognition) {
    this.cluster = cluster;
    list = new ItemList(items, key);
    question = new Question(cluster, flights, recognition);
  }

  @Override
  public void submit(Intent intent, Step.ListItems step, Runnable wake) {
    question.ask(
        intent,
        () ->
            list.keep(
                intent,
                step,
                cluster
                    .read(
                        intent.node().address(),
                        step.sql(),
                        intent.effectId(),
                        LIMIT,
                        step.parameters())
                    .rows()),
        wake);
  }

  @Override
  public EffectView observe(Intent intent, Step.ListItems step, LeaseView.Held lease) {
    return question.observe(intent, lease);
  }

  @Override
  public void kill(Intent intent, Step.ListItems step) {
    question.kill(intent);
  }
}
