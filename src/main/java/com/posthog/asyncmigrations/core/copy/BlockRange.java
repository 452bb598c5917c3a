package com.posthog.asyncmigrations.core.copy;

/**
 * Rows by the number of the block that they arrived in: ClickHouse numbers the blocks of a
 * partition in the order in which their INSERTs commit, and its merges keep the numbers.
 *
 * @param after rows of this block and earlier ones are not among them; -1: none is too early
 * @param upTo rows of this block are the last ones
 */
public record BlockRange(long after, long upTo) {
  /** Where a table does not number its rows. */
  public static final BlockRange ALL = new BlockRange(-1, Long.MAX_VALUE);

  /** As a condition. */
  public String condition() {
    return equals(ALL)
        ? "true"
        : "_block_number > %d AND _block_number <= %d".formatted(after, upTo);
  }
}
