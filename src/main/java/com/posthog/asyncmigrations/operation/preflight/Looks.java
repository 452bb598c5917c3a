package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.preflight.Makers;
import com.posthog.asyncmigrations.operation.copy.CopyPreviews;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Looks at what each kind of step would meet, and tells the outlook. The answer says whether there
 * was anything to look at.
 *
 * @param measured bytes that earlier copies brought over in a second
 */
record Looks(
    Tables tables,
    Makers makers,
    Outlook outlook,
    CopyPreviews copies,
    Supplier<Optional<Double>> measured)
    implements Step.Cases<Boolean> {

  @Override
  public Boolean copy(CopyTable step) {
    TableCopy copy = step.copy();
    if (!isThere(tables.name(copy.source()))) {
      outlook.notMadeYet(
          "rows, chunks, disk and time: %s is not there yet".formatted(copy.source()));
      return false;
    }
    boolean targetThere = isThere(tables.name(copy.target()));
    if (!targetThere) {
      outlook.notMadeYet(
          copy.hardLinks()
              ? "of %s: that it is empty, without a TTL, and of the same structure as %s"
                  .formatted(copy.target(), copy.source())
              : "of %s: that it is empty, and which columns it has; its disks are taken to be those of %s"
                  .formatted(copy.target(), copy.source()));
    }
    CopyPreviews.Seen seen = copies.look(copy, targetThere, measured.get());
    outlook.moves(seen.moves());
    seen.problems().forEach(outlook::problem);
    seen.toKnow().forEach(other -> outlook.notMadeYet("what it means that " + other));
    outlook.statements(seen.statements());
    outlook.chunks(seen.chunks());
    outlook.views(copies.views(copy.source()));
    return true;
  }

  @Override
  public Boolean exchange(ExchangeTables step) {
    TableName table = tables.name(step.copy().source());
    outlook.statements(copies.statements(step));
    outlook.notMadeYet(
        "that nothing but INSERTs has changed %s since it was copied".formatted(table));
    TableName backup = table.sibling(step.backup());
    tables
        .onShards()
        .having(backup)
        .ifPresent(
            address ->
                refuse(
                    "there is a table %s on %s already, which the backup would be called"
                        .formatted(backup, address)));
    String engine = tables.engineOf(table.database());
    if (!List.of("Atomic", "Replicated", "Shared").contains(engine)) {
      refuse(
          "database %s has the engine %s, which cannot exchange tables: it must be Atomic"
              .formatted(table.database(), engine));
    }
    boolean there = isThere(table);
    if (there) {
      outlook.views(copies.views(step.copy().source()));
    }
    return there;
  }

  /** Whether a table is on every shard; one that no operation before makes is a problem. */
  private boolean isThere(TableName table) {
    Optional<String> lacking = tables.onShards().lacking(table);
    lacking.ifPresent(address -> missing(table.toString(), table.name(), address));
    return lacking.isEmpty();
  }

  private void missing(String table, String bareName, String where) {
    makers
        .of(bareName)
        .ifPresentOrElse(
            maker -> outlook.notMadeYet("%s is made by operation %s".formatted(table, maker)),
            () ->
                refuse(
                    "there is no table %s on %s, and no operation before this one makes it"
                        .formatted(table, where)));
  }

  private void refuse(String message) {
    outlook.problem(new Problem(Reason.InvalidPlan, message));
  }

  @Override
  public Boolean mutate(Step.Mutate step) {
    TableName table = tables.name(step.table());
    if (!isThere(table)) {
      outlook.notMadeYet("rows and parts: %s is not there yet".formatted(table));
      return false;
    }
    new MutationLook(tables, step, table).tell(outlook);
    return true;
  }

  @Override
  public Boolean batchUpdate(Step.BatchUpdate step) {
    if (!isOnPostgres(step.table())) {
      return false;
    }
    outlook.moves(tables.batches().look(step));
    return true;
  }

  @Override
  public Boolean copyFromPostgres(Step.CopyFromPostgres step) {
    if (!isOnPostgres(step.table())) {
      return false;
    }
    outlook.moves(tables.batches().look(step));
    outlook.statements(
        List.of(
            "copy %s in the order of %s into %s"
                .formatted(
                    step.table() + step.where().map(w -> " WHERE " + w).orElse(""),
                    step.key(),
                    step.into())));
    if (isThere(tables.name(step.into()))) {
      tables.batches().requireDestination(step);
    } else {
      outlook.notMadeYet(
          "of %s: its engine, columns and views, and that it has none of the rows"
              .formatted(step.into()));
    }
    return true;
  }

  private boolean isOnPostgres(String table) {
    boolean there = tables.batches().there(table);
    if (!there) {
      missing(table, table.substring(table.lastIndexOf('.') + 1), "PostgreSQL");
    }
    return there;
  }

  @Override
  public Boolean compare(Step.CompareTables step) {
    boolean source = isThere(tables.name(step.source()));
    return isThere(tables.name(step.target())) && source;
  }

  @Override
  public Boolean clickHouse(Step.ClickHouseStatement step) {
    return text();
  }

  @Override
  public Boolean postgres(Step.PostgresStatement step) {
    return text();
  }

  private boolean text() {
    outlook.notMadeYet("what its statements find and need: they are text, and only run");
    return false;
  }

  @Override
  public Boolean expect(Step.ExpectValue step) {
    return false;
  }

  @Override
  public Boolean list(Step.ListItems step) {
    return false;
  }

  @Override
  public Boolean scale(Step.ScaleDeployment step) {
    return false;
  }

  @Override
  public Boolean job(Step.RunJob step) {
    return false;
  }
}
