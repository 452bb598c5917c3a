package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.InsertShape;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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

  private final CopyNode node;
  private final Source source;
  private final ChunkText text;
  private final Scratches scratches;
  private final Clock clock;

  /**
   * On which terms a chunk is copied.
   *
   * @param shape of its INSERT
   * @param settings of a person, which hold for every statement and override all others
   */
  record Terms(InsertShape shape, Map<String, String> settings) {}

  /** From this source. */
  ChunkCopy(CopyNode node, Source source, ColumnMap columns, Scratches scratches, Clock clock) {
    this.clock = clock;
    this.node = node;
    this.source = source;
    text = new ChunkText(source, columns);
    this.scratches = scratches;
  }

  /** The chunk, verified; several threads may ask at once. */
  Chunk verified(Chunk chunk, Terms terms) throws AnswerLost, CopyControl.Stopped {
    String difference = "";
    for (int i = 0; i < TRIES; i++) {
      String scratch = scratches.create();
      CopyNode.Done insert = insert(chunk, scratch, terms);
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
                Long.parseLong(sums.here().get(0)),
                parts.bytes(),
                parts.hashes(),
                Optional.of(work)));
      }
      node.forget(insert.queryId());
      scratches.drop(scratch);
      difference =
          "%s rows with the sum %s were copied of %s with %s"
              .formatted(
                  sums.here().get(0), sums.here().get(1), sums.there().get(0), sums.there().get(1));
    }
    throw new ProblemException(
        new Problem(
            Reason.VerificationFailed,
            "partition %s of %s, copied %d times: %s"
                .formatted(chunk.partition(), source.table().name(), TRIES, difference)));
  }

  /** Rows and hashes, of the source and of its copy. */
  private record Sums(List<String> there, List<String> here, Duration took) {
    boolean agree() {
      return there.equals(here);
    }
  }

  private Sums compared(Chunk chunk, String scratch, CopyNode.Done insert, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Instant from = clock.instant();
    try {
      List<String> there = sums(text.sourceSums(chunk), terms);
      List<String> here = sums(text.targetSums(scratches.named(scratch)), terms);
      return new Sums(there, here, Duration.between(from, clock.instant()));
    } catch (AnswerLost | CopyControl.Stopped | RuntimeException e) {
      node.forget(insert.queryId());
      throw e;
    }
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  private CopyNode.Done insert(Chunk chunk, String scratch, Terms terms)
      throws AnswerLost, CopyControl.Stopped {
    Map<String, String> all = new HashMap<>(INSERT);
    all.putAll(terms.shape().settings());
    all.putAll(terms.settings());
    return node.insert(text.insert(chunk, scratches.named(scratch)), all);
  }

  private List<String> sums(String query, Terms terms) throws AnswerLost, CopyControl.Stopped {
    Map<String, String> all = new HashMap<>(terms.settings());
    all.put("max_execution_time", "0");
    return node.read(query, all).get(0);
  }
}
