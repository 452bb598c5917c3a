package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.BlockRange;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyState;
import com.posthog.asyncmigrations.core.copy.Slice;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.postgres.CopyLedger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An exchange is undone by a copy in the other direction, of the rows that have arrived since, and
 * another exchange.
 */
final class WayBack {
  private final CopyNode node;
  private final CopyLedger ledger;
  private final Intent intent;
  private final CopyControl control;
  private final Exchanges exchanges;
  private final String mark;

  /**
   * For one step.
   *
   * @param mark what names of tables have that nobody else makes
   */
  WayBack(
      CopyNode node,
      CopyLedger ledger,
      Intent intent,
      CopyControl control,
      Exchanges exchanges,
      String mark) {
    this.mark = mark;
    this.node = node;
    this.ledger = ledger;
    this.intent = intent;
    this.control = control;
    this.exchanges = exchanges;
  }

  /** Undoes the exchange of a copy, as far as it was done. */
  EffectView.Finished run(TableCopy copy, CopyLedger.Id id, Exchanges.Trio names)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    Optional<CopyState> state = ledger.state(id);
    if (state.isEmpty()) {
      return new EffectView.Finished(0);
    }
    Names now = new Names(node, names.table());
    CopyLedger.Id back = CopyTables.id(intent, names.backup());
    boolean begun = ledger.state(back).isPresent();
    if (!begun && !now.has(names.table(), state.get().target())) {
      now.rename(state.get().target(), names.target());
      return new EffectView.Finished(0);
    }
    TableCopy reverse =
        new TableCopy(
            names.table().toString(),
            names.backup().toString(),
            Map.of(),
            List.of(),
            copy.live(),
            copy.chunkRows(),
            copy.settings());
    if (!begun) {
      requireSameColumns(copy, names);
      new Names(node, names.table()).rename(state.get().source(), fenced(names.backup()));
      CopyState settled = settled(copy, id, names);
      prepare(copy, id, settled, back, names);
    }
    return exchanges.exchange(node, intent, control, reverse, back, names.reversed());
  }

  private void requireSameColumns(TableCopy copy, Exchanges.Trio names) {
    if (!copy.columns().isEmpty() || !copy.leaveOut().isEmpty()) {
      throw new ProblemException(
          new Problem(
              Reason.Irreversible,
              "%s has other columns than %s, so that rows that have arrived since cannot be moved back"
                  .formatted(names.table(), names.backup())));
    }
  }

  /**
   * The table as it was has the late rows too, which count as new ones in the other: they are
   * deleted first. All else that the other had at the exchange is in both, unless a mutation has
   * changed it since: then it is copied back as a whole.
   */
  private void prepare(
      TableCopy copy, CopyLedger.Id id, CopyState state, CopyLedger.Id back, Exchanges.Trio names)
      throws AnswerLost, CopyControl.Stopped {
    CopiedTable from = CopiedTable.read(node, names.table());
    CopiedTable to = CopiedTable.read(node, fenced(names.backup()));
    CopyState.Swap swap = state.swap().orElseThrow();
    NavigableMap<String, CopyState.Partition> partitions = new TreeMap<>();
    List<Chunk> known = new ArrayList<>();
    Source source = new Source(node, from);
    List<Chunk> copied = ledger.chunks(id);
    Map<String, Long> rows = copy.live() ? source.counts(swap.targetUpTo()) : source.counts();
    for (Map.Entry<String, Long> upTo : swap.targetUpTo().entrySet()) {
      partitions.put(upTo.getKey(), new CopyState.Partition(upTo.getValue(), 0, 0));
      known.add(
          Chunk.planned(
                  known.size(), 0, upTo.getKey(), new BlockRange(-1, upTo.getValue()), Slice.WHOLE)
              .verified(
                  new Chunk.Copied(
                      "", rows.getOrDefault(upTo.getKey(), 0L), 0, List.of(), Optional.empty()))
              .inTarget());
    }
    if (copy.live()) {
      new LateRows(node, to).delete(state);
    } else {
      requireNoMore(copied, rows, source, swap, names);
    }
    CopyState first =
        CopyState.begin(
                from.uuid(),
                to.uuid(),
                from.shape(),
                besides(copied, state, source, to, copy.live()))
            .planned(0, partitions);
    ledger.write(intent.effectId(), back, first, List.of(), known);
  }

  /**
   * How many rows only the table as it was has: what was written there after its late rows were
   * moved, less what a mutation deleted just before the exchange, which the other has not seen.
   */
  private long besides(
      List<Chunk> copied, CopyState state, Source source, CopiedTable to, boolean live)
      throws AnswerLost, CopyControl.Stopped {
    Source old = new Source(node, to);
    Optional<String> lasting = Lasting.of(source.table(), to).condition(node);
    String compared = lasting.orElse("true");
    CopyState.Swap swap = state.swap().orElseThrow();
    boolean keep = source.table().keepsRows() && to.keepsRows();
    if (keep && lasting.isEmpty()) {
      return old.count(compared) - exchanged(copied, swap);
    }
    if (keep && !mutated(source)) {
      return old.count(compared)
          - source.count("(%s) AND %s".formatted(Source.upTo(swap.targetUpTo()), compared));
    }
    return live ? old.count("NOT (%s) AND %s".formatted(Source.upTo(state.upTo()), compared)) : 0;
  }

  /** Then partitions come back as a whole, without what was deleted since. */
  private static boolean mutated(Source source) {
    return source.partitions().values().stream().anyMatch(p -> p.mutation() > 0);
  }

  /** How many rows had been copied when the tables were exchanged. */
  private static long exchanged(List<Chunk> chunks, CopyState.Swap swap) {
    return chunks.stream()
        .filter(
            c ->
                c.round() == 0
                    || c.blocks().upTo() <= swap.sourceUpTo().getOrDefault(c.partition(), -1L))
        .mapToLong(Chunk::rows)
        .sum();
  }

  /** Without numbers that stay nobody can tell the rows that have arrived since from others. */
  private void requireNoMore(
      List<Chunk> chunks,
      Map<String, Long> rows,
      Source source,
      CopyState.Swap swap,
      Exchanges.Trio names) {
    long copied = chunks.stream().mapToLong(Chunk::rows).sum();
    long has = rows.values().stream().mapToLong(Long::longValue).sum();
    boolean grown = !source.grown(p -> swap.targetUpTo().getOrDefault(p, -1L)).isEmpty();
    boolean keeps = source.table().keepsRows() && !source.table().expires() && !mutated(source);
    if (grown || (keeps ? has != copied : has > copied)) {
      throw new ProblemException(
          new Problem(
              Reason.Irreversible,
              "%s has %d rows where %d were copied, and without live: Rounds those that have arrived since cannot be moved back"
                  .formatted(names.table(), has, copied)));
    }
  }

  /** Late rows that were about to be moved are, so that it is known which ones are in both. */
  private CopyState settled(TableCopy copy, CopyLedger.Id id, Exchanges.Trio names)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    return exchanges.settled(
        node,
        intent,
        control,
        copy,
        id,
        new CopyTables.Pair(
            CopiedTable.read(node, fenced(names.backup())), CopiedTable.read(node, names.table())));
  }

  /** A name that no predecessor knows, whose deletion might come when rows are back already. */
  private TableName fenced(TableName backup) {
    return backup.sibling(backup.name() + Exchanges.FENCED + mark);
  }
}
