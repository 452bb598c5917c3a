package com.posthog.asyncmigrations.core.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What one INSERT copies: a chunk, or several small ones of different partitions, since what a
 * chunk costs besides its rows is then paid once. Each of them stays a chunk of its own.
 *
 * @param chunks at least one
 */
public record Batch(List<Chunk> chunks) {
  /** So many rows at most, or one chunk: an INSERT makes one block of them. */
  static final long MOST_ROWS = 1 << 18;

  /** So many chunks at most: each block that is inserted becomes a part of each partition. */
  static final int MOST_CHUNKS = 100;

  /**
   * So many rows are read by their block numbers in about the time that a small chunk costs: 6.6
   * million took 8 ms, and a chunk takes about 60.
   */
  private static final long ROWS_FOR_A_CHUNK = 50_000_000;

  /** Keeps a copy. */
  public Batch {
    chunks = List.copyOf(chunks);
  }

  /** One chunk alone. */
  public static Batch of(Chunk chunk) {
    return new Batch(List.of(chunk));
  }

  /**
   * The first chunk, with as many of the others as may go along.
   *
   * @param chunks in the order in which they should be copied; those of which the number of rows is
   *     known are of different partitions
   * @param rows by the chunks' numbers, of those that others may go along with
   * @return absent: there is no chunk
   */
  public static Optional<Batch> next(Stream<Chunk> chunks, Map<Integer, Long> rows) {
    List<Chunk> batch = new ArrayList<>();
    long sum = 0;
    for (Chunk chunk : (Iterable<Chunk>) chunks::iterator) {
      Long more = rows.get(chunk.number());
      if (batch.isEmpty()) {
        batch.add(chunk);
        if (more == null) {
          break;
        }
        sum = more;
      } else if (more != null && sum + more <= MOST_ROWS) {
        batch.add(chunk);
        sum += more;
      }
      if (batch.size() == MOST_CHUNKS) {
        break;
      }
    }
    return batch.isEmpty() ? Optional.empty() : Optional.of(new Batch(batch));
  }

  /**
   * Whether it is faster to count the rows of chunks first, so that small ones can go together.
   *
   * @param chunks how many there are
   * @param rows of their partitions, of all blocks
   */
  public static boolean worthCounting(int chunks, long rows) {
    return chunks > 1 && rows / (chunks - 1) <= ROWS_FOR_A_CHUNK;
  }

  /** Whether it is one chunk alone, of any size and slice. */
  public boolean alone() {
    return chunks.size() == 1;
  }

  /** Its first chunk. */
  public Chunk first() {
    return chunks.get(0);
  }
}
