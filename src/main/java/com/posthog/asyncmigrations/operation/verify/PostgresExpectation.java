package com.posthog.asyncmigrations.operation.verify;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.operation.sql.PostgresQuestion;
import com.posthog.asyncmigrations.postgres.BoundQuery;
import java.util.List;

/** Compares the first value of a query on PostgreSQL with what is expected. */
public final class PostgresExpectation implements StepRunner<Step.ExpectValue> {
  private final PostgresQuestion question;

  /** Asked so. */
  public PostgresExpectation(PostgresQuestion question) {
    this.question = question;
  }

  @Override
  public void submit(Intent intent, Step.ExpectValue step, Runnable wake) {
    question.ask(
        intent,
        new BoundQuery(step.sql(), step.parameters(), 1),
        rows -> compare(step.expectation(), firstValue(rows)),
        wake);
  }

  @Override
  public EffectView observe(Intent intent, Step.ExpectValue step, LeaseView.Held lease) {
    return question.observe(intent, lease);
  }

  @Override
  public void kill(Intent intent, Step.ExpectValue step) {
    question.kill(intent);
  }

  /** No row at all is something that no number is. */
  private static String firstValue(List<List<String>> rows) {
    return rows.isEmpty() ? "no row" : rows.get(0).get(0);
  }

  private static EffectView compare(Expectation expectation, String value) {
    return expectation.passes(value)
        ? new EffectView.Finished(1)
        : Verdict.failed("found '%s'; %s would pass".formatted(value, expectation.describe()));
  }
}
