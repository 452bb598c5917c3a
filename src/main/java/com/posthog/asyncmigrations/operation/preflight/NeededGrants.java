package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.MutationText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a user of ClickHouse must be allowed for a step. What statements of people need is not
 * known: they are text.
 *
 * @param database that names without one are of
 * @param hasProjections whether a table has any, which is asked only where it matters
 */
record NeededGrants(String database, Predicate<TableName> hasProjections)
    implements Step.Cases<List<Grant>> {
  /** EXCHANGE and RENAME ask for them on every name. */
  private static final String[] TO_RENAME = {"SELECT", "INSERT", "CREATE TABLE", "DROP TABLE"};

  @Override
  public List<Grant> copy(CopyTable step) {
    TableName target = name(step.copy().target());
    return step.undo()
        ? Stream.concat(
                Grant.onTable(target, "TRUNCATE", "ALTER SETTINGS"), scratches(step.copy(), target))
            .toList()
        : Stream.concat(moves(step.copy()), scratches(step.copy(), target)).toList();
  }

  private Stream<Grant> moves(TableCopy copy) {
    Stream<Grant> target =
        Grant.onTable(name(copy.target()), "SELECT", "INSERT", "ALTER DELETE", "ALTER SETTINGS");
    Stream<Grant> source =
        copy.live()
            ? Grant.onTable(name(copy.source()), "SELECT", "ALTER SETTINGS")
            : Grant.onTable(name(copy.source()), "SELECT");
    return Stream.concat(source, target);
  }

  /** They are the copy's own, and have names that begin with the target's. */
  private static Stream<Grant> scratches(TableCopy copy, TableName target) {
    return copy.hardLinks()
        ? Stream.empty()
        : Stream.concat(
            Grant.onPrefix(target.sibling(target.name() + "__am_"), TO_RENAME),
            Grant.engine("MergeTree"));
  }

  @Override
  public List<Grant> exchange(ExchangeTables step) {
    TableName table = name(step.copy().source());
    TableName target = name(step.copy().target());
    TableName backup = table.sibling(step.backup());
    return Stream.of(
            Grant.onTable(table, TO_RENAME),
            Grant.onTable(table, "ALTER DELETE", "ALTER SETTINGS"),
            Grant.onTable(target, TO_RENAME),
            Grant.onTable(backup, TO_RENAME),
            fenced(target),
            fenced(backup),
            scratches(step.copy(), backup), // of the way back
            rewritten(step.copy(), table, backup))
        .flatMap(grants -> grants)
        .distinct()
        .toList();
  }

  private static Stream<Grant> fenced(TableName table) {
    TableName prefix = swapped(table);
    return Stream.concat(
        Grant.onPrefix(prefix, TO_RENAME),
        Grant.onPrefix(prefix, "ALTER DELETE", "ALTER SETTINGS"));
  }

  /** While it is being exchanged nobody else knows its name. */
  private static TableName swapped(TableName table) {
    return table.sibling(table.name() + "__swap_");
  }

  /** On the way back late rows of a table with projections can only be deleted so. */
  private Stream<Grant> rewritten(TableCopy copy, TableName table, TableName backup) {
    return copy.live() && hasProjections.test(table)
        ? Grant.onPrefix(swapped(backup), "ALTER MATERIALIZE PROJECTION")
        : Stream.empty();
  }

  @Override
  public List<Grant> mutate(Step.Mutate step) {
    return new MutationText(step.command())
        .privileges().stream()
            .flatMap(privilege -> Grant.onTable(name(step.table()), privilege))
            .toList();
  }

  @Override
  public List<Grant> copyFromPostgres(Step.CopyFromPostgres step) {
    return Grant.onTable(name(step.into()), "SELECT", "INSERT").toList();
  }

  @Override
  public List<Grant> compare(Step.CompareTables step) {
    return Stream.of(step.source(), step.target())
        .flatMap(table -> Grant.onTable(name(table), "SELECT"))
        .toList();
  }

  private TableName name(String table) {
    return TableName.of(table, database);
  }

  @Override
  public List<Grant> clickHouse(Step.ClickHouseStatement step) {
    return List.of();
  }

  @Override
  public List<Grant> postgres(Step.PostgresStatement step) {
    return List.of();
  }

  @Override
  public List<Grant> batchUpdate(Step.BatchUpdate step) {
    return List.of();
  }

  @Override
  public List<Grant> expect(Step.ExpectValue step) {
    return List.of();
  }

  @Override
  public List<Grant> list(Step.ListItems step) {
    return List.of();
  }

  @Override
  public List<Grant> scale(Step.ScaleDeployment step) {
    return List.of();
  }

  @Override
  public List<Grant> job(Step.RunJob step) {
    return List.of();
  }
}
