package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
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

  /**
   * Rows stay as they are, blocks are of a size that does not eat the memory, no limit is
   * inherited.
   */
  private static final Map<String, String> INSERT =
      Map.of(
          "optimize_on_insert", "0",
          "insert_deduplicate", "0",
          "async_insert", "0",
          "max_execution_time", "0",
          "max_partitions_per_insert_block", "0",
          "min_insert_block_size_rows", "1048576",
          "min_insert_block_size_bytes", "268435456",
          "max_insert_threads", "2");

  private final CopyNode node;
  private final Source source;
  private final ColumnMap columns;
  private final Scratches scratches;
  private final Map<String, String> settings;
  private final Clock clock;

  /**
   * From this source.
   *
   * @param settings of the user, which hold for every statement
   */
  ChunkCopy(
      CopyNode node,
      Source source,
      ColumnMap columns,
      Scratches scratches,
      Map<String, String> settings,
      Clock clock) {
    this.clock = clock;
    this.node = node;
    this.source = source;
    this.columns = columns;
    this.scratches = scratches;
    this.settings = settings;
  }

  /** The chunk, verified. */
  Chunk verified(Chunk chunk) throws AnswerLost, CopyControl.Stopped {
    String difference = "";
    for (int i = 0; i < TRIES; i++) {
      String scratch = scratches.create();
      CopyNode.Done insert = insert(chunk, scratch);
      Instant compared = clock.instant();
      List<String> there = sums(columns.sourceSums(), from(chunk));
      List<String> here = sums(columns.targetSums(), scratches.named(scratch).sql());
      if (there.equals(here)) {
        Parts parts = Parts.of(node, scratches.named(scratch));
        Chunk.Work work =
            new Chunk.Work(
                insert.queryId(),
                seconds(insert.took()),
                seconds(Duration.between(compared, clock.instant())),
                here.get(1));
        return chunk.verified(
            new Chunk.Copied(
                scratch,
                Long.parseLong(here.get(0)),
                parts.bytes(),
                parts.hashes(),
                Optional.of(work)));
      }
      scratches.drop(scratch);
      difference =
          "%s rows with the sum %s were copied of %s with %s"
              .formatted(here.get(0), here.get(1), there.get(0), there.get(1));
    }
    throw new ProblemException(
        new Problem(
            Reason.VerificationFailed,
            "partition %s of %s, copied %d times: %s"
                .formatted(chunk.partition(), source.table().name(), TRIES, difference)));
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  private CopyNode.Done insert(Chunk chunk, String scratch) throws AnswerLost, CopyControl.Stopped {
    Map<String, String> all = new HashMap<>(INSERT);
    all.putAll(settings);
    return node.insert(
        "INSERT INTO %s (%s) SELECT %s FROM %s"
            .formatted(
                scratches.named(scratch).sql(), columns.names(), columns.selected(), from(chunk)),
        all);
  }

  private List<String> sums(String what, String from) throws AnswerLost, CopyControl.Stopped {
    Map<String, String> all = new HashMap<>(settings);
    all.put("max_execution_time", "0");
    return node.read("SELECT " + what + " FROM " + from, all).get(0);
  }

  private String from(Chunk chunk) {
    return source.table().name().sql() + source.where(chunk);
  }
}
