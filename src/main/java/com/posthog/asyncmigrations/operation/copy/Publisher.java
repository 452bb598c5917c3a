package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Brings verified chunks into the target, whatever an earlier attempt has left there. */
final class Publisher {
  static final Map<String, String> ANY_SIZE =
      Map.of("max_table_size_to_drop", "0", "max_partition_size_to_drop", "0", "alter_sync", "2");

  /**
   * So many parts of a partition are published at once, at most: from 150 on, which the oldest
   * servers have as parts_to_delay_insert, INSERTs would be slowed.
   */
  static final int MOST_PARTS = 100;

  private static final Duration POLL = Duration.ofMillis(500);

  private final CopyNode node;
  private final TableName target;
  private final boolean keepsRows;
  private final boolean expires;
  private final Scratches scratches;
  private final CopyControl control;

  Publisher(CopyNode node, CopiedTable target, Scratches scratches, CopyControl control) {
    this.control = control;
    this.node = node;
    this.target = target.name();
    keepsRows = target.keepsRows();
    expires = target.expires();
    this.scratches = scratches;
  }

  /** Takes the place of what the target has in the partitions of these chunks; repeatable. */
  void replace(List<Chunk.Copied> chunks) throws AnswerLost, CopyControl.Stopped {
    List<Chunk.Copied> some = chunks.stream().filter(c -> c.rows() > 0).toList();
    if (some.isEmpty()) {
      return;
    }
    boolean asItIs = some.size() == 1 && parts(some.get(0).scratch()).most() <= MOST_PARTS;
    String whole = asItIs ? some.get(0).scratch() : assembled(some);
    long rows = some.stream().mapToLong(Chunk.Copied::rows).sum();
    requireRows(scratches.named(whole), rows);
    List<String> partitions = parts(whole).partitions();
    for (String partition : partitions) {
      node.run(replacement(target, partition, scratches.named(whole)), ANY_SIZE);
    }
    requireRows(target, rows, partitions);
    if (!asItIs) {
      scratches.drop(whole);
    }
  }

  /** The statement that gives a table what another one has in a partition, and nothing else. */
  static String replacement(TableName table, String partition, TableName from) {
    return "ALTER TABLE %s REPLACE PARTITION ID '%s' FROM %s"
        .formatted(table.sql(), partition, from.sql());
  }

  private String assembled(List<Chunk.Copied> chunks) throws AnswerLost, CopyControl.Stopped {
    String whole = scratches.createMerging();
    for (Chunk.Copied chunk : chunks) {
      attachAll(scratches.named(chunk.scratch()), scratches.named(whole));
    }
    awaitFewParts(whole);
    return whole;
  }

  /** Merges take as long as they take; what they have not done is done by the target's own. */
  private void awaitFewParts(String scratch) throws CopyControl.Stopped {
    int most = parts(scratch).most();
    boolean waits = most > MOST_PARTS;
    while (most > MOST_PARTS) {
      control.waits(
          new Problem(
              Reason.Running,
              "merging %d parts of a partition into at most %d before %s gets them"
                  .formatted(most, MOST_PARTS, target)));
      control.pause(POLL);
      most = parts(scratch).most();
    }
    if (waits) {
      control.goesOn();
    }
  }

  private Parts parts(String scratch) {
    return Parts.of(node, scratches.named(scratch));
  }

  /** Removes what the target has in a partition. */
  void empty(String partition) throws AnswerLost, CopyControl.Stopped {
    node.run("ALTER TABLE %s DROP PARTITION ID '%s'".formatted(target.sql(), partition), ANY_SIZE);
  }

  /** Chunks that are about to be added, with those of their parts that the target has now. */
  List<Chunk.Copied> adding(List<Chunk.Copied> chunks) {
    Parts has = Parts.of(node, target);
    return chunks.stream().map(c -> c.adding(has.like(c.parts()).hashes())).toList();
  }

  /**
   * Adds what a scratch has to what the target has; not repeatable. The target's merges are off.
   */
  void add(String scratch) throws AnswerLost, CopyControl.Stopped {
    attachAll(scratches.named(scratch), target);
  }

  /**
   * Whether a chunk that was to be added has arrived, now that its scratch is gone. It may have
   * done so in part: that is removed.
   */
  boolean hasArrived(Chunk.Copied chunk) throws AnswerLost, CopyControl.Stopped {
    if (chunk.targetHad().isEmpty()) {
      return false;
    }
    List<Parts.Part> ours = new ArrayList<>(Parts.of(node, target).like(chunk.parts()).all());
    chunk.targetHad().get().forEach(hash -> removeOldest(ours, hash));
    if (ours.stream().map(Parts.Part::hash).sorted().toList().equals(chunk.parts())) {
      return true;
    }
    for (Parts.Part part : ours) {
      node.run("ALTER TABLE %s DROP PART '%s'".formatted(target.sql(), part.name()), ANY_SIZE);
    }
    return false;
  }

  private static void removeOldest(List<Parts.Part> parts, String hash) {
    parts.stream().filter(p -> p.hash().equals(hash)).findFirst().ifPresent(parts::remove);
  }

  private void attachAll(TableName from, TableName to) throws AnswerLost, CopyControl.Stopped {
    List<String> partitions = Parts.of(node, from).partitions();
    if (partitions.isEmpty()) {
      return;
    }
    String attach =
        partitions.stream()
            .map(p -> "ATTACH PARTITION ID '%s' FROM %s".formatted(p, from.sql()))
            .collect(Collectors.joining(", "));
    node.run("ALTER TABLE %s %s".formatted(to.sql(), attach), ANY_SIZE);
  }

  private void requireRows(TableName scratch, long rows) throws AnswerLost, CopyControl.Stopped {
    compare(scratch, rows, "", expires);
  }

  private void requireRows(TableName table, long rows, List<String> partitions)
      throws AnswerLost, CopyControl.Stopped {
    compare(
        table,
        rows,
        " WHERE _partition_id IN ('%s')".formatted(String.join("', '", partitions)),
        expires || !keepsRows);
  }

  private void compare(TableName table, long rows, String where, boolean mayBeFewer)
      throws AnswerLost, CopyControl.Stopped {
    long found =
        Long.parseLong(
            node.read("SELECT count() FROM " + table.sql() + where, Map.of()).get(0).get(0));
    if (mayBeFewer ? found > rows : found != rows) {
      throw new ProblemException(
          new Problem(
              Reason.VerificationFailed,
              "%s has %d rows%s where %d were copied".formatted(table, found, where, rows)));
    }
  }
}
