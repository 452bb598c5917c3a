package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.upgrade.ServerVersion;
import com.posthog.asyncmigrations.core.upgrade.Version;
import java.util.Optional;

/** What servers say of themselves, one record for each thing on each node. */
public final class Measured {
  private Measured() {}

  /** A server's version, as it writes it. */
  public record Server(String node, String text) {
    Optional<Version> version() {
      return ServerVersion.parse(text);
    }
  }

  /** The first value that a query answered; absent where it found no row. */
  public record Value(String node, Optional<String> value) {
    String describe() {
      return value.map(v -> "'" + v + "'").orElse("no row") + " on " + node;
    }
  }

  /**
   * Free space.
   *
   * @param disks their names
   * @param free bytes that are free on them together
   * @param table bytes of the table's active parts; absent where no table is asked for, or it is
   *     not there
   */
  public record Space(String node, String disks, double free, Optional<Double> table) {}

  /**
   * A mutation that is not done.
   *
   * @param failure why its last attempt failed; empty where it did not
   */
  public record Mutation(String node, String table, String id, String failure) {}

  /**
   * A replicated table.
   *
   * @param delay its absolute_delay, in seconds
   */
  public record Replica(
      String node, String table, long delay, boolean readOnly, boolean sessionExpired) {}

  /**
   * What waits to be merged on a node.
   *
   * @param fullest the partition with the most active parts; empty where there is none
   * @param parts how many that are
   * @param merges how many merges run
   */
  public record Backlog(String node, String fullest, long parts, long merges) {}
}
