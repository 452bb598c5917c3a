package com.posthog.asyncmigrations.operation.items;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.operation.sql.PostgresQuestion;
import com.posthog.asyncmigrations.postgres.BoundQuery;
import com.posthog.asyncmigrations.postgres.Items;

/** Lists items by a query on PostgreSQL. */
public final class PostgresItems implements StepRunner<Step.ListItems> {
  private final PostgresQuestion question;
  private final ItemList list;

  /** Asked so; the list is kept here. */
  public PostgresItems(PostgresQuestion question, Items items, MigrationKey key) {
    this.question = question;
    list = new ItemList(items, key);
  }

  @Override
  public void submit(Intent intent, Step.ListItems step, Runnable wake) {
    question.ask(
        intent,
        new BoundQuery(step.sql(), step.parameters(), Items.MOST + 1),
        rows -> list.keep(intent, step, rows),
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
