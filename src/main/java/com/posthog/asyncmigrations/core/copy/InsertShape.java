package com.posthog.asyncmigrations.core.copy;

import java.util.Map;

/**
 * How the INSERT of a chunk is laid out, which decides how fast it is: it depends on the machine.
 *
 * @param threads that sort, compress and write, from 1
 * @param blockRows rows of a block, from which a part is made; wide rows make smaller ones
 */
public record InsertShape(int threads, int blockRows) {

  /** As settings of the statement; a block has 256 MiB at most, so that memory has a bound. */
  public Map<String, String> settings() {
    return Map.of(
        "max_insert_threads", Integer.toString(threads),
        "min_insert_block_size_rows", Integer.toString(blockRows),
        "min_insert_block_size_bytes", "268435456");
  }
}
