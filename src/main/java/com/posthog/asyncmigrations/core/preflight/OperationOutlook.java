package com.posthog.asyncmigrations.core.preflight;

import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import java.util.List;
import java.util.Optional;

/**
 * What one operation would do.
 *
 * @param moves the rows that it goes through; absent: none, or nobody can tell yet
 * @param views that INSERTs into its table fire
 * @param notMadeYet checks that need what an operation before it makes: they are made when the run
 *     gets there
 * @param statements what it would send; of many alike the first
 * @param chunks the pieces that a copy would begin with
 */
public record OperationOutlook(
    String name,
    PlannedOperation.Kind kind,
    Optional<Movement> moves,
    List<String> views,
    List<String> notMadeYet,
    List<String> statements,
    List<ChunkOutlook> chunks) {

  /** Keeps copies. */
  public OperationOutlook {
    views = List.copyOf(views);
    notMadeYet = List.copyOf(notMadeYet);
    statements = List.copyOf(statements);
    chunks = List.copyOf(chunks);
  }

  /** The same without its pieces, which may be many. */
  OperationOutlook withoutChunks() {
    return new OperationOutlook(name, kind, moves, views, notMadeYet, statements, List.of());
  }

  /**
   * One piece of a copy.
   *
   * @param shard where
   * @param partition of the source, by its id
   * @param condition that its rows, and no others, meet
   */
  public record ChunkOutlook(String shard, String partition, String condition) {}
}
