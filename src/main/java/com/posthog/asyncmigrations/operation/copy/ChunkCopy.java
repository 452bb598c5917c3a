package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Batch;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.InsertShape;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Copies chunks into a scratch table, and makes sure that it has what the source has. */
final class ChunkCopy {
  /** A source that is merged or changed meanwhile gives another answer; that is tried again. */
  private static final int TRIES = 3;

  /** Rows stay as they are, and no limit is inherited. */
  private static final Map<String, String> INSERT =
      Map.of(
          "optimize_on_insert", "0",
          "insert_deduplicate", "0",
          "async_insert", "0",
          "max_partitions_per_insert_block", "0");

  /** One thread writes what it is given, as it comes. */
  private static final Map<String, String> IN_ORDER = Map.of("max_insert_threads", "1");

  /** Groups of a key are made in its order, which needs less memory. */
  private static final Map<String, String> READ =
      Map.of("max_execution_time", "0", "optimize_aggregation_in_order", "1");

  private final CopyNode node;
  private final Source source;
  private final ChunkText text;
  private final Lasting lasting;
  private final Optional<Survivors> survivors;
  private final Scratches scratches;
  private final Clock clock;

  /**
   * On which terms a chunk is copied.
   *
   * @param shape of its INSERT
   * @param settings of a person, which hold for every statement and override all others
   */
  record Terms(InsertShape shape, Map<String, String> settings) {}

  /**
   * From this source.
   *
   * @param lasting the rows that are compared
   * @param survivors of equal rows, which are to be the same; absent: all rows are alike
   */
  ChunkCopy(
      CopyNode node,
      Source source,
      ColumnMap columns,
      Lasting lasting,
      Optional<Survivors> survivors,
      Scratches scratches,
      Clock clock) {
    this.lasting = lasting;
    this.survivors = survivors;
    this.clock = clock;
    this.node = node;
    this.source = source;
    text = new ChunkText(source, columns);
    this.scratches = scratches;
  }

  /**
   * The chunks, verified; several threads may ask at once. Several chunks are tried once, in the
   * order of arrival if it matters: why they do not agree is found out of each alone.
   */
  List<Chunk> verified(Batch batch, Terms terms) throws AnswerLost, CopyControl.Stopped {
    String difference = "";
    boolean inOrder = !batch.alone() && survivors.isPresent();
    int tries = batch.alone() ? TRIES : 1;
    for (int i = 0; i < tries; i++) {
      String scratch = scratches.create();
      CopyNode.Done insert = insert(batch, scratch, inOrder, terms);
      Sums sums = compared(batch, scratch, insert, terms);
      if (sums.agree()) {
        return verified(batch, scratch, insert, sums, terms);
      }
      node.forget(insert.queryId());
      scratches.drop(scratch);
      inOrder = sums.sameRows();
      difference = sums.difference(batch.first());
    }
    throw new ProblemException(
        new Problem(
            Reason.VerificationFailed,
            "partition %s of %s, copied %d times: %s"
                .formatted(batch.first().partition(), source.table().name(), tries, difference)));
  }

  private List<Chunk> verified(
      Batch batch, String scratch, CopyNode.Done insert, Sums sums, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Parts parts = Parts.of(node, scratches.named(scratch));
    Chunk.Work all =
        new Chunk.Work(
            insert.queryId(),
            insert.began(),
            terms.shape(),
            seconds(insert.took()),
            seconds(sums.took()),
            "");
    int ofAll = batch.chunks().size();
    List<Chunk> verified = new ArrayList<>();
    for (Chunk chunk : batch.chunks()) {
      Sum sum = Sum.of(chunk, sums.here());
      Parts own = batch.alone() ? parts : parts.in(chunk.partition());
      long rows = lasting.all() ? sum.rows() : own.rows(); // not all of them were compared
      Chunk.Work work = all.share(verified.size(), ofAll, sum.hash());
      verified.add(
          chunk.verified(
              new Chunk.Copied(scratch, rows, own.bytes(), own.hashes(), Optional.of(work))));
    }
    return verified;
  }

  /** Of the rows of a chunk. */
  private record Sum(long rows, String hash) {
    static final Sum NONE = new Sum(0, "0");

    static Sum of(Chunk chunk, Map<String, Sum> all) {
      return all.getOrDefault(chunk.partition(), NONE);
    }

    @Override
    public String toString() {
      return "%d rows with the sum %s".formatted(rows, hash);
    }
  }

  /**
   * What was found of the source and of its copy, of each chunk by its partition.
   *
   * @param staying hashes of the rows that stay on either side when they are merged, if it was
   *     asked
   */
  private record Sums(
      Map<String, Sum> there, Map<String, Sum> here, List<String> staying, Duration took) {
    boolean agree() {
      return sameRows() && staying.stream().distinct().count() <= 1;
    }

    boolean sameRows() {
      return there.equals(here);
    }

    String difference(Chunk chunk) {
      return sameRows()
          ? "merges of the copy would keep other ones of its %d rows"
              .formatted(Sum.of(chunk, here).rows())
          : "%s were copied of %s".formatted(Sum.of(chunk, here), Sum.of(chunk, there));
    }
  }

  private Sums compared(Batch batch, String scratch, CopyNode.Done insert, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Instant from = clock.instant();
    TableName copied = scratches.named(scratch);
    try {
      ChunkText.Comparison of = text.comparison(batch, copied, lasting.condition(node));
      Map<String, Sum> there = sums(of.sourceSums(), batch, terms);
      Map<String, Sum> here = sums(of.targetSums(), batch, terms);
      List<String> staying = new ArrayList<>();
      if (there.equals(here) && survivors.isPresent()) {
        Survivors which = survivors.get();
        if (read(which.repeats(copied), terms).get(0).equals(List.of("1"))) {
          staying.addAll(read(of.sourceSurvivors(which), terms).get(0));
          staying.addAll(read(of.targetSurvivors(which), terms).get(0));
        }
      }
      return new Sums(there, here, staying, Duration.between(from, clock.instant()));
    } catch (AnswerLost | CopyControl.Stopped | RuntimeException e) {
      node.forget(insert.queryId());
      throw e;
    }
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  private CopyNode.Done insert(Batch batch, String scratch, boolean inOrder, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Map<String, String> all = new HashMap<>(INSERT);
    all.putAll(terms.shape().settings());
    all.putAll(terms.settings());
    TableName to = scratches.named(scratch);
    if (inOrder) {
      all.putAll(IN_ORDER);
      return node.insert(text.insertInOrder(batch, to), all);
    }
    return node.insert(text.insert(batch, to), all);
  }

  /** By the partition of each chunk; those that have no rows may be missing. */
  private Map<String, Sum> sums(String query, Batch batch, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Map<String, Sum> sums = new HashMap<>();
    for (List<String> row : read(query, terms)) {
      sums.put(
          batch.alone() ? batch.first().partition() : row.get(2),
          new Sum(Long.parseLong(row.get(0)), row.get(1)));
    }
    return sums;
  }

  private List<List<String>> read(String query, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Map<String, String> all = new HashMap<>(READ);
    all.putAll(terms.settings());
    return node.read(query, all);
  }
}
