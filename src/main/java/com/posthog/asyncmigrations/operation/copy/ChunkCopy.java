package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
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

/** Copies one chunk into a scratch table, and makes sure that it has what the source has. */
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

  /** The chunk, verified; several threads may ask at once. */
  Chunk verified(Chunk chunk, Terms terms) throws AnswerLost, CopyControl.Stopped {
    String difference = "";
    boolean inOrder = false;
    for (int i = 0; i < TRIES; i++) {
      String scratch = scratches.create();
      CopyNode.Done insert = insert(chunk, scratch, inOrder, terms);
      Sums sums = compared(chunk, scratch, insert, terms);
      if (sums.agree()) {
        Parts parts = Parts.of(node, scratches.named(scratch));
        Chunk.Work work =
            new Chunk.Work(
                insert.queryId(),
                insert.began(),
                terms.shape(),
                seconds(insert.took()),
                seconds(sums.took()),
                sums.here().get(1));
        return chunk.verified(
            new Chunk.Copied(
                scratch,
                rows(scratch, sums, terms),
                parts.bytes(),
                parts.hashes(),
                Optional.of(work)));
      }
      node.forget(insert.queryId());
      scratches.drop(scratch);
      inOrder = sums.sameRows();
      difference = sums.difference();
    }
    throw new ProblemException(
        new Problem(
            Reason.VerificationFailed,
            "partition %s of %s, copied %d times: %s"
                .formatted(chunk.partition(), source.table().name(), TRIES, difference)));
  }

  /** How many there are in a scratch; more than were compared where some may be removed soon. */
  private long rows(String scratch, Sums sums, Terms terms) throws AnswerLost, CopyControl.Stopped {
    return Long.parseLong(
        lasting.all()
            ? sums.here().get(0)
            : read("SELECT count() FROM " + scratches.named(scratch).sql(), terms).get(0));
  }

  /**
   * What was found of the source and of its copy.
   *
   * @param there rows, their hashes, and perhaps the hashes of those that stay when they are merged
   */
  private record Sums(List<String> there, List<String> here, Duration took) {
    boolean agree() {
      return there.equals(here);
    }

    boolean sameRows() {
      return there.subList(0, 2).equals(here.subList(0, 2));
    }

    String difference() {
      return sameRows()
          ? "merges of the copy would keep other ones of its %s rows".formatted(here.get(0))
          : "%s rows with the sum %s were copied of %s with %s"
              .formatted(here.get(0), here.get(1), there.get(0), there.get(1));
    }
  }

  private Sums compared(Chunk chunk, String scratch, CopyNode.Done insert, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Instant from = clock.instant();
    TableName copied = scratches.named(scratch);
    try {
      ChunkText.Comparison of = text.comparison(chunk, copied, lasting.condition(node));
      List<String> there = new ArrayList<>(read(of.sourceSums(), terms));
      List<String> here = new ArrayList<>(read(of.targetSums(), terms));
      if (there.equals(here) && survivors.isPresent()) {
        Survivors which = survivors.get();
        if (read(which.repeats(copied), terms).get(0).equals("1")) {
          there.addAll(read(of.sourceSurvivors(which), terms));
          here.addAll(read(of.targetSurvivors(which), terms));
        }
      }
      return new Sums(there, here, Duration.between(from, clock.instant()));
    } catch (AnswerLost | CopyControl.Stopped | RuntimeException e) {
      node.forget(insert.queryId());
      throw e;
    }
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  private CopyNode.Done insert(Chunk chunk, String scratch, boolean inOrder, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Map<String, String> all = new HashMap<>(INSERT);
    all.putAll(terms.shape().settings());
    all.putAll(terms.settings());
    TableName to = scratches.named(scratch);
    if (inOrder) {
      all.putAll(IN_ORDER);
      return node.insert(text.insertInOrder(chunk, to), all);
    }
    return node.insert(text.insert(chunk, to), all);
  }

  private List<String> read(String query, Terms terms) throws AnswerLost, CopyControl.Stopped {
    Map<String, String> all = new HashMap<>(READ);
    all.putAll(terms.settings());
    return node.read(query, all).get(0);
  }
}
