package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.copy.CopyState;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.postgres.CopyLedger;
import com.posthog.asyncmigrations.postgres.StepName;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Copies a table on one shard. */
final class CopyTables implements LongWork<CopyTable> {
  private final ClickHouseCluster cluster;
  private final CopyLedger ledger;
  private final Supplier<CopyLimits> limits;
  private final Clock clock;

  /**
   * On this cluster; what is copied is remembered in this ledger.
   *
   * @param limits as they are now
   */
  CopyTables(
      ClickHouseCluster cluster, CopyLedger ledger, Supplier<CopyLimits> limits, Clock clock) {
    this.limits = limits;
    this.cluster = cluster;
    this.ledger = ledger;
    this.clock = clock;
  }

  /** The two tables. */
  record Pair(CopiedTable source, CopiedTable target) {}

  @Override
  public EffectView.Finished run(Intent intent, CopyTable step, CopyControl control)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    CopyNode node = node(intent, control);
    node.settle();
    TableName source = TableName.of(step.copy().source(), cluster.database());
    TableName target = TableName.of(step.copy().target(), cluster.database());
    CopyLedger.Id id = id(intent, target);
    if (step.undo()) {
      return undo(node, intent, id, target);
    }
    if (ledger.state(id).isEmpty()) {
      new CopyChecks(node, step.copy()).require(source, target);
    }
    CopiedTable from = CopiedTable.read(node, source);
    CopiedTable to = CopiedTable.read(node, target);
    CopyRecord record =
        CopyRecord.open(
            ledger, id, intent.effectId(), CopyState.begin(from.uuid(), to.uuid(), from.shape()));
    requireSame(record.state(), from, to);
    transfer(node, intent, step.copy(), new Pair(from, to), control, record).copy();
    return record.report(from.otherRowsThan(to).map(other -> other + ": ").orElse(""));
  }

  private static void requireSame(CopyState state, CopiedTable from, CopiedTable to) {
    if (!state.source().equals(from.uuid()) || !state.target().equals(to.uuid())) {
      throw new ProblemException(
          new Problem(
              Reason.SourceChanged,
              "%s or %s is another table than when the copy began"
                  .formatted(from.name(), to.name())));
    }
  }

  /** The target is emptied, and nothing of the copy is left behind. */
  private EffectView.Finished undo(CopyNode node, Intent intent, CopyLedger.Id id, TableName target)
      throws AnswerLost, CopyControl.Stopped {
    Optional<CopyState> state = ledger.state(id);
    if (state.isPresent()) {
      CopiedTable to = CopiedTable.read(node, target);
      if (to.uuid().equals(state.get().target())) {
        scratches(node, intent, to, target.name()).dropAllBut(Set.of());
        node.run("TRUNCATE TABLE " + target.sql() + " SYNC", Scratches.OF_ANY_SIZE);
        new Merges(node, target).on();
      }
      ledger.remove(intent.effectId(), id);
    }
    return new EffectView.Finished(0);
  }

  /** Which copy it is. */
  static CopyLedger.Id id(Intent intent, TableName target) {
    return new CopyLedger.Id(
        StepName.of(intent.effectId()).runId(), target.toString(), intent.node().target());
  }

  /** The server of an intent. */
  CopyNode node(Intent intent, CopyControl control) {
    return new CopyNode(cluster, intent.node(), intent.effectId(), now(), control, clock);
  }

  /** Goes on with a copy. */
  Transfer transfer(
      CopyNode node,
      Intent intent,
      TableCopy copy,
      Pair tables,
      CopyControl control,
      CopyRecord record) {
    if (copy.hardLinks()) {
      return new HardLinks(node, control, record, copy, tables, clock);
    }
    String prefix = TableName.of(copy.target(), cluster.database()).name();
    return new Copier(
        node,
        control,
        record,
        copy,
        tables,
        scratches(node, intent, tables.target(), prefix),
        limits,
        clock);
  }

  private Scratches scratches(
      CopyNode node, Intent intent, CopiedTable target, String targetsFirstName) {
    return new Scratches(
        node,
        target,
        "%s__am_%s_".formatted(targetsFirstName, StepName.of(intent.effectId()).runId()),
        mark(intent));
  }

  /** What names of tables have that nobody else makes. */
  String mark(Intent intent) {
    return "%s_t%d".formatted(now(), intent.token());
  }

  private String now() {
    return Long.toString(clock.millis(), Character.MAX_RADIX);
  }
}
