package com.posthog.asyncmigrations.core.preflight;

import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.MutationText;
import com.posthog.asyncmigrations.core.plan.Step;
import java.util.List;

/** What steps send whose statements are in the plan; those of copies depend on the tables. */
public final class StepText implements Step.Cases<List<String>> {
  /** What stands for the id that only a run has. */
  public static final String QUERY_ID = "QUERY_ID";

  @Override
  public List<String> clickHouse(Step.ClickHouseStatement step) {
    return List.of(step.sql());
  }

  @Override
  public List<String> postgres(Step.PostgresStatement step) {
    return List.of(step.sql());
  }

  @Override
  public List<String> batchUpdate(Step.BatchUpdate step) {
    return List.of(step.sql());
  }

  @Override
  public List<String> copy(CopyTable step) {
    return List.of();
  }

  @Override
  public List<String> exchange(ExchangeTables step) {
    return List.of();
  }

  @Override
  public List<String> copyFromPostgres(Step.CopyFromPostgres step) {
    return List.of();
  }

  @Override
  public List<String> compare(Step.CompareTables step) {
    return List.of(
        "compare the rows of %s and %s%s"
            .formatted(
                step.source(), step.target(), step.where().map(w -> " WHERE " + w).orElse("")));
  }

  @Override
  public List<String> expect(Step.ExpectValue step) {
    return List.of(step.sql());
  }

  @Override
  public List<String> list(Step.ListItems step) {
    return List.of(step.sql());
  }

  @Override
  public List<String> scale(Step.ScaleDeployment step) {
    return List.of(
        step.replicas().isPresent()
            ? "scale Deployment %s to %d".formatted(step.deployment(), step.replicas().getAsInt())
            : "put back the replicas of Deployment " + step.deployment());
  }

  @Override
  public List<String> job(Step.RunJob step) {
    return List.of("run a Job");
  }

  @Override
  public List<String> mutate(Step.Mutate step) {
    return List.of(
        "ALTER TABLE %s %s"
            .formatted(step.table(), new MutationText(step.command()).marked(QUERY_ID)));
  }
}
