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
import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Gives the partitions of a table to one of equal structure, which then shares their files, so that
 * no byte is copied. Nothing may change the source meanwhile. Each partition is one chunk, and may
 * be given twice.
 */
final class HardLinks implements Transfer {
  /** A source that is merged meanwhile has other parts with the same rows; that is tried again. */
  private static final int TRIES = 3;

  private final CopyNode node;
  private final CopyControl control;
  private final CopyRecord record;
  private final Source source;
  private final TableName target;
  private final Map<String, String> settings = new HashMap<>();
  private final SourceGuard guard;
  private final Merges merges;
  private final Pace pace;

  HardLinks(
      CopyNode node,
      CopyControl control,
      CopyRecord record,
      TableCopy copy,
      CopyTables.Pair tables,
      Clock clock) {
    this.node = node;
    this.control = control;
    this.record = record;
    source = new Source(node, tables.source());
    target = tables.target().name();
    settings.putAll(Publisher.ANY_SIZE);
    settings.putAll(copy.settings());
    guard = new SourceGuard(node, source, record, control, false, Lasting.ALL);
    merges = new Merges(node, target);
    pace = new Pace(node, source, tables.target(), control, clock);
  }

  @Override
  public void copy() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    if (record.state().partitions().isEmpty()) {
      plan();
    }
    settle();
    requireUnchanged();
    merges.on();
  }

  @Override
  public void catchUp() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    settle();
    guard.awaitMutations();
    requireUnchanged();
  }

  /** Nothing may be on its way, which is seen to then. */
  @Override
  public void late() {}

  @Override
  public void requireNothingElse() throws AnswerLost, CopyControl.Stopped {
    guard.requireNothingElse();
  }

  @Override
  public void settle() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    List<Chunk> open = record.chunks().stream().filter(chunk -> !chunk.published()).toList();
    if (open.isEmpty()) {
      return;
    }
    long rows = source.partitions().values().stream().mapToLong(Source.Partition::rows).sum();
    merges.off();
    for (Chunk chunk : open) {
      pace.next();
      record.write(record.state(), List.of(linked(chunk)));
      control.tell(record.rows(), Math.max(rows, record.rows()));
    }
  }

  private void plan() throws CopyControl.Stopped {
    guard.awaitMutations();
    NavigableMap<String, CopyState.Partition> partitions = new TreeMap<>();
    List<Chunk> planned = new ArrayList<>();
    source
        .partitions()
        .forEach(
            (id, now) -> {
              partitions.put(id, new CopyState.Partition(now.newest(), now.mutation(), 0));
              planned.add(Chunk.planned(planned.size(), 0, id, BlockRange.ALL, Slice.WHOLE));
            });
    record.write(record.state().planned(0, partitions), planned);
  }

  /** The chunk, whose files the target has. */
  private Chunk linked(Chunk chunk) throws AnswerLost, CopyControl.Stopped {
    String partition = chunk.partition();
    Contents before = contents(source.table().name(), partition);
    for (int i = 0; i < TRIES; i++) {
      node.run(Publisher.replacement(target, partition, source.table().name()), settings);
      Contents here = contents(target, partition);
      Contents after = contents(source.table().name(), partition);
      if (after.rows() != before.rows() && source.table().keepsRows()) {
        throw changed(
            "partition %s of %s had %d rows before its files were linked, and %d after that"
                .formatted(partition, source.table().name(), before.rows(), after.rows()));
      }
      if (here.equals(before) && here.equals(after)) {
        return chunk
            .verified(
                new Chunk.Copied("", here.rows(), here.bytes(), here.hashes(), Optional.empty()))
            .inTarget();
      }
      before = after;
    }
    throw problem(
        Reason.VerificationFailed,
        "partition %s of %s has other files than %s, or they were merged %d times while it was linked"
            .formatted(partition, target, source.table().name(), TRIES));
  }

  /**
   * What is in a partition.
   *
   * @param hashes of all files of each part, sorted
   * @param bytes on disk
   */
  private record Contents(long rows, List<String> hashes, long bytes) {}

  private Contents contents(TableName table, String partition)
      throws AnswerLost, CopyControl.Stopped {
    Parts parts = Parts.of(node, table, partition);
    List<List<String>> rows =
        node.read(
            "SELECT count() FROM %s WHERE _partition_id = '%s'".formatted(table.sql(), partition),
            Map.of());
    return new Contents(Long.parseLong(rows.get(0).get(0)), parts.hashes(), parts.bytes());
  }

  private void requireUnchanged() throws AnswerLost, CopyControl.Stopped {
    Set<String> mutated = guard.mutated(source.partitions());
    if (!mutated.isEmpty()) {
      throw changed(
          "mutations have changed %d partitions of %s since their files were linked, among them %s"
              .formatted(
                  mutated.size(),
                  source.table().name(),
                  mutated.stream().sorted().findFirst().get()));
    }
    guard.requireWhole();
  }

  private static ProblemException changed(String message) {
    return problem(Reason.SourceChanged, message);
  }

  private static ProblemException problem(Reason reason, String message) {
    return new ProblemException(new Problem(reason, message));
  }
}
