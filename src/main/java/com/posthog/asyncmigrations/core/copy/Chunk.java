package com.posthog.asyncmigrations.core.copy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One piece of a copy: rows of one source partition, of a range of blocks and a range of the key.
 *
 * @param number unique within the copy, from 0
 * @param round the round of the copy, from 0: each takes the rows that arrived since the last one
 * @param partition id of the source partition
 * @param blocks which of its rows, by when they arrived
 * @param slice which of those, by the sorting key
 * @param copied what was copied, once it has been verified
 * @param published whether the target has it
 */
public record Chunk(
    int number,
    int round,
    String partition,
    BlockRange blocks,
    Slice slice,
    Optional<Copied> copied,
    boolean published) {

  /** One of which nothing was done. */
  public static Chunk planned(
      int number, int round, String partition, BlockRange blocks, Slice slice) {
    return new Chunk(number, round, partition, blocks, slice, Optional.empty(), false);
  }

  /**
   * What was copied, and agreed with the source.
   *
   * @param scratch name of the table that has it until it is published; empty: no other has it
   * @param rows how many
   * @param bytes on disk
   * @param parts hashes of all files of each part in the scratch, sorted
   * @param targetHad those of them that the target had before; absent: nothing was added to it yet
   * @param work what it took; absent: nothing, the target had it
   */
  public record Copied(
      String scratch,
      long rows,
      long bytes,
      List<String> parts,
      Optional<List<String>> targetHad,
      Optional<Work> work) {
    /** Keeps a copy. */
    public Copied {
      parts = List.copyOf(parts);
    }

    /** One of which the target has nothing. */
    public Copied(String scratch, long rows, long bytes, List<String> parts, Optional<Work> work) {
      this(scratch, rows, bytes, parts, Optional.empty(), work);
    }

    /** The same, about to be added to a target that has equal parts already. */
    public Copied adding(List<String> had) {
      return new Copied(scratch, rows, bytes, parts, Optional.of(List.copyOf(had)), work);
    }
  }

  /**
   * What it took to copy a chunk.
   *
   * @param queryId of the INSERT, which may have copied several small chunks
   * @param began when that began; what it took is without gaps
   * @param shape how it was laid out
   * @param insertSeconds how long that took
   * @param verifySeconds how long both sides took to be counted and hashed
   * @param hash sum of the hashes of all rows, which is the same on both sides
   */
  public record Work(
      String queryId,
      Instant began,
      InsertShape shape,
      double insertSeconds,
      double verifySeconds,
      String hash) {
    /** How long all of it took. */
    public double seconds() {
      return insertSeconds + verifySeconds;
    }

    /**
     * What one of several chunks took that were copied by one INSERT: as if it had been one after
     * another, so that the sums are right.
     *
     * @param which from 0
     * @param ofAll how many there are
     * @param ownHash of the rows of that chunk
     */
    public Work share(int which, int ofAll, String ownHash) {
      return new Work(
          queryId,
          began.plusMillis(Math.round(1000 * seconds() * which / ofAll)),
          shape,
          insertSeconds / ofAll,
          verifySeconds / ofAll,
          ownHash);
    }
  }

  /** The same, verified. */
  public Chunk verified(Copied what) {
    return new Chunk(number, round, partition, blocks, slice, Optional.of(what), false);
  }

  /** The same, of which nothing was done. */
  public Chunk again() {
    return planned(number, round, partition, blocks, slice);
  }

  /** How many rows it is known to have. */
  public long rows() {
    return copied.map(Copied::rows).orElse(0L);
  }

  /** The same, in the target. */
  public Chunk inTarget() {
    return new Chunk(number, round, partition, blocks, slice, copied, true);
  }
}
