package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseProblems;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.CopyState;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.postgres.CopyLedger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A copy takes the name of its source, without a hold: what was on its way to the source meanwhile
 * is moved after it. The identities of both tables tell what is done, so that nothing is swapped
 * twice.
 */
final class Exchanges implements LongWork<ExchangeTables> {
  /** What the name of a table has that is about to be exchanged, or back. */
  static final String FENCED = "__swap_";

  private static final Duration POLL = Duration.ofSeconds(1);

  private final ClickHouseCluster cluster;
  private final CopyLedger ledger;
  private final CopyTables copies;
  private final Clock clock;

  Exchanges(ClickHouseCluster cluster, CopyLedger ledger, CopyTables copies, Clock clock) {
    this.clock = clock;
    this.cluster = cluster;
    this.ledger = ledger;
    this.copies = copies;
  }

  /**
   * Whether it is about a table under a name that only this process knows, which a predecessor that
   * is not gone may have given its own name: who begins again takes it back.
   */
  static boolean fenced(Problem problem) {
    return problem.code().equals(Optional.of(ClickHouseProblems.UNKNOWN_TABLE))
        && problem.message().contains(FENCED);
  }

  @Override
  public EffectView.Finished run(Intent intent, ExchangeTables step, CopyControl control)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    CopyNode node = copies.node(intent, control);
    node.settle();
    TableName table = TableName.of(step.copy().source(), cluster.database());
    TableName target = TableName.of(step.copy().target(), cluster.database());
    TableName backup = table.sibling(step.backup());
    CopyLedger.Id id = CopyTables.id(intent, target);
    if (step.undo()) {
      return new WayBack(node, ledger, intent, control, this, copies.mark(intent))
          .run(step.copy(), id, new Trio(table, target, backup, false));
    }
    if (ledger.state(id).isEmpty()) {
      throw CopiedTable.refused("%s was not copied to in this run".formatted(target));
    }
    return exchange(node, intent, control, step.copy(), id, new Trio(table, target, backup, false));
  }

  /** From the exchange until what was on its way to the table as it was is in its place. */
  @Override
  public boolean mustFinish(Intent intent, ExchangeTables step) {
    TableName table = TableName.of(step.copy().source(), cluster.database());
    TableName copy =
        step.undo()
            ? table.sibling(step.backup())
            : TableName.of(step.copy().target(), cluster.database());
    Optional<CopyState> state = ledger.state(CopyTables.id(intent, copy));
    Names now = new Names(copies.node(intent, new CopyControl()), table);
    return state
        .flatMap(CopyState::swap)
        .filter(swap -> swap.stage() != CopyState.Stage.DONE)
        .filter(swap -> swap.exchanged() || now.has(table, state.get().target()))
        .isPresent();
  }

  /**
   * What the tables are called.
   *
   * @param table by which everybody knows it
   * @param target the copy, before
   * @param backup what was copied, after
   * @param back whether it is the way back
   */
  record Trio(TableName table, TableName target, TableName backup, boolean back) {
    /** For the way back, what was the backup is the copy. */
    @SuppressWarnings("ArgumentSelectionDefectChecker") // that they are swapped is the point
    Trio reversed() {
      return new Trio(table, backup, target, true);
    }
  }

  /** Exchanges a copy with its source. */
  EffectView.Finished exchange(
      CopyNode node,
      Intent intent,
      CopyControl control,
      TableCopy copy,
      CopyLedger.Id id,
      Trio names)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    CopyRecord record = CopyRecord.reopen(ledger, id, intent.effectId());
    Names now = new Names(node, names.table());
    Optional<String> views = Optional.empty();
    if (!now.has(names.table(), record.state().target())) {
      views = Optional.of(swap(node, intent, control, copy, record, names));
    }
    if (record.state().swap().orElseThrow().stage() != CopyState.Stage.DONE) {
      control.finish(); // until then readers miss rows
      record.write(record.state().at(CopyState.Stage.EXCHANGED), List.of());
      now.rename(record.state().source(), names.backup());
      CopyTables.Pair tables =
          new CopyTables.Pair(
              CopiedTable.read(node, names.backup()), CopiedTable.read(node, names.table()));
      Transfer transfer = copies.transfer(node, intent, copy, tables, control, record);
      Merges merges = new Merges(node, names.table());
      merges.off(); // which an attempt before may have turned on
      LateWriters writers = new LateWriters(cluster, node, control);
      writers.await(names.table());
      transfer.late();
      Set<String> streams = writers.streams(names.table());
      if (!streams.isEmpty()) {
        watch(streams, new Source(node, tables.source()), control, record, transfer);
      }
      merges.on();
      if (!names.back()) {
        transfer.requireNothingElse(); // else it is undone
      }
      record.write(record.state().at(CopyState.Stage.DONE), List.of());
      if (names.back()) {
        transfer.requireNothingElse(); // said once: there is nothing to be undone any more
      }
    }
    views.ifPresent(before -> requireSameViews(before, now, names.table()));
    return record.report("with what came last: ");
  }

  /** What was about to be added after an exchange is in, or known not to be. */
  CopyState settled(
      CopyNode node,
      Intent intent,
      CopyControl control,
      TableCopy copy,
      CopyLedger.Id id,
      CopyTables.Pair tables)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    CopyRecord record = CopyRecord.reopen(ledger, id, intent.effectId());
    copies.transfer(node, intent, copy, tables, control, record).settle();
    return record.state();
  }

  /** The statement that has two tables take each other's names. */
  static String exchanging(TableName one, TableName other) {
    return "EXCHANGE TABLES %s AND %s".formatted(one.sql(), other.sql());
  }

  /**
   * Under a name that nobody else knows, so that a predecessor's exchange meets no table.
   *
   * @return the views that INSERTs fired before
   */
  private String swap(
      CopyNode node,
      Intent intent,
      CopyControl control,
      TableCopy copy,
      CopyRecord record,
      Trio names)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    TableName fenced = names.target().sibling(names.target().name() + FENCED + copies.mark(intent));
    Names now = new Names(node, names.table());
    now.rename(record.state().target(), fenced);
    CopiedTable source = CopiedTable.read(node, names.table());
    CopiedTable target = CopiedTable.read(node, fenced);
    if (!source.uuid().equals(record.state().source())) {
      throw new ProblemException(
          new Problem(
              Reason.SourceChanged,
              "%s is another table than the one that was copied".formatted(names.table())));
    }
    copies
        .transfer(node, intent, copy, new CopyTables.Pair(source, target), control, record)
        .catchUp();
    String views = now.views(names.table());
    NavigableMap<String, Long> newest = new TreeMap<>();
    new Source(node, target).partitions().forEach((p, is) -> newest.put(p, is.newest()));
    record.write(record.state().exchanging(newest), List.of());
    node.run(exchanging(names.table(), fenced), Map.of());
    return views;
  }

  private static void requireSameViews(String before, Names now, TableName table) {
    String after = now.views(table);
    if (!after.equals(before)) {
      throw new ProblemException(
          new Problem(
              Reason.VerificationFailed,
              "INSERTs into %s fired the views %s before the exchange, and fire %s after it, which is done: attach them again"
                  .formatted(table, before, after)));
    }
  }

  /** What is written to the table as it was by those whose INSERTs nobody can wait for. */
  private void watch(
      Set<String> streams, Source source, CopyControl control, CopyRecord record, Transfer transfer)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    Instant until = clock.instant().plus(LateWriters.STREAMS_END);
    while (clock.instant().isBefore(until)) {
      control.waits(
          new Problem(
              Reason.Running,
              "looking for a minute what %s tables still write to the table as it was, since no list has their INSERTs"
                  .formatted(String.join(" and ", streams))));
      control.pause(POLL);
      if (!source.grown(record.state()::upTo).isEmpty()) {
        transfer.late();
      }
    }
    transfer.late();
  }
}
