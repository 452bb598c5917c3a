package com.posthog.asyncmigrations.core.copy;

import java.util.Map;
import java.util.stream.Stream;

/**
 * How the INSERT of a chunk is laid out, which decides how fast it is: it depends on the machine.
 *
 * @param threads that sort, compress and write, from 1
 * @param blockRows rows of a block, from which a part is made; wide rows make smaller ones
 */
public record InsertShape(int threads, int blockRows) {

  private static final String THREADS = "max_insert_threads";
  private static final String BLOCK_ROWS = "min_insert_block_size_rows";
  private static final String BLOCK_BYTES = "min_insert_block_size_bytes";

  /** As settings of the statement; a block has 256 MiB at most, so that memory has a bound. */
  public Map<String, String> settings() {
    return Map.of(
        THREADS, Integer.toString(threads),
        BLOCK_ROWS, Integer.toString(blockRows),
        BLOCK_BYTES, "268435456");
  }

  /** Whether a person has chosen some of it, so that there is nothing to try. */
  public static boolean chosen(Map<String, String> settings) {
    return Stream.of(THREADS, BLOCK_ROWS, BLOCK_BYTES).anyMatch(settings::containsKey);
  }
}
