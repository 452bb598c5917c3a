package com.posthog.asyncmigrations.postgres;

import java.util.List;
import java.util.Optional;

/**
 * How far a step is that goes through a table in batches, in the order of a {@link Keyset}.
 *
 * @param bound the greatest key when it began; empty where there was no row
 * @param after the greatest key that is done; empty before the first batch
 * @param expected rows that the table was believed to have
 * @param passed rows of the table that are done, those of its last batch left out
 * @param changed rows that the statement has changed
 * @param batches how many are done
 * @param size rows of the last batch
 * @param node the ClickHouse server that rows go to, by its identity; empty where they go nowhere
 * @param sending a batch that may have been sent there
 */
public record Mark(
    List<String> bound,
    List<String> after,
    long expected,
    long passed,
    long changed,
    long batches,
    int size,
    String node,
    Optional<Sending> sending) {

  /** Keeps copies. */
  public Mark {
    bound = List.copyOf(bound);
    after = List.copyOf(after);
  }

  /**
   * A batch on its way to another server.
   *
   * @param to the greatest key of it
   * @param queryId under which it is sent
   * @param untilMillis it has no effect if it begins later, by that server's clock
   */
  public record Sending(List<String> to, String queryId, long untilMillis) {
    /** Keeps a copy. */
    public Sending {
      to = List.copyOf(to);
    }
  }

  /** Before the first batch. */
  public static Mark beginning(List<String> bound, long expected, int size, String node) {
    return new Mark(bound, List.of(), expected, 0, 0, 0, size, node, Optional.empty());
  }

  /** Whether nothing is left up to the bound. */
  public boolean done() {
    return after.equals(bound);
  }

  /** After a batch up to this key. */
  public Mark advanced(List<String> to, long rows, long changedNow, int newSize) {
    return new Mark(
        bound,
        to,
        expected,
        passed + rows,
        changed + changedNow,
        batches + 1,
        newSize,
        node,
        Optional.empty());
  }

  /** The same with a batch that is about to be sent. */
  public Mark sending(Sending batch) {
    return new Mark(
        bound, after, expected, passed, changed, batches, size, node, Optional.of(batch));
  }

  /** How much is done, as far as anybody can tell before it has ended; below 1 until then. */
  public double fraction() {
    return done() ? 1 : Math.min(0.99, (double) passed / expected);
  }
}
