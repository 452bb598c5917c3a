package com.posthog.asyncmigrations.core.copy;

import com.posthog.asyncmigrations.core.copy.Signal.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What a server says of its load.
 *
 * @param tables that are read and written
 * @param space of the policy that is written to
 * @param delayedInserts INSERTs of anybody that the server has delayed since the last look, because
 *     of too many parts
 * @param rejectedInserts those that it has rejected
 * @param memory bytes that it uses
 * @param memoryLimit bytes that it may use; 0 where it has no limit of its own
 * @param otherQueries queries of others that have run for more than a second
 */
public record Load(
    List<TableLoad> tables,
    Space space,
    long delayedInserts,
    long rejectedInserts,
    double memory,
    double memoryLimit,
    long otherQueries) {

  /** Keeps a copy. */
  public Load {
    tables = List.copyOf(tables);
  }

  /**
   * A table.
   *
   * @param fullest its partition with the most active parts
   * @param parts how many these are
   * @param delayFrom number of parts from which INSERTs are delayed; 0: never
   * @param rejectFrom number of parts from which they are rejected; 0: never
   * @param replicaDelay seconds that this replica is behind; 0 where there is no other
   */
  public record TableLoad(
      String name,
      String fullest,
      long parts,
      long delayFrom,
      long rejectFrom,
      long replicaDelay,
      boolean readOnly) {}

  /**
   * The disks of a storage policy together: where one is full, parts go to the next.
   *
   * @param free bytes that no merge and no INSERT has reserved either
   */
  public record Space(String policy, double free, double total) {}

  /**
   * As signals.
   *
   * @param stillToWrite bytes that the work will still write, as far as that is known; 0: not
   */
  public List<Signal> signals(LoadLimits limits, double stillToWrite) {
    List<Signal> signals = new ArrayList<>();
    tables.forEach(table -> addTo(signals, table, limits));
    addSpace(signals, limits, stillToWrite);
    signals.add(
        new Signal(
            "INSERTs delayed since the last look",
            delayedInserts,
            limits.delayedInserts().slow(),
            limits.delayedInserts().stop(),
            Unit.COUNT));
    signals.add(
        new Signal("INSERTs rejected since the last look", rejectedInserts, 1, 1, Unit.COUNT));
    if (memoryLimit > 0) {
      signals.add(
          new Signal(
              "memory in use",
              memory,
              memoryLimit * limits.memory().slow(),
              memoryLimit * limits.memory().stop(),
              Unit.BYTES));
    }
    signals.add(
        new Signal(
            "other queries",
            otherQueries,
            limits.otherQueries().slow(),
            limits.otherQueries().stop(),
            Unit.COUNT));
    return signals;
  }

  private static void addTo(List<Signal> signals, TableLoad table, LoadLimits limits) {
    LongStream.of(table.delayFrom(), table.rejectFrom())
        .filter(limit -> limit > 0)
        .min()
        .ifPresent(
            limit ->
                signals.add(
                    new Signal(
                        "parts in partition %s of %s".formatted(table.fullest(), table.name()),
                        table.parts(),
                        (double) limit * limits.parts().slow(),
                        (double) limit * limits.parts().stop(),
                        Unit.COUNT)));
    signals.add(
        new Signal(
            "delay of the replica of " + table.name(),
            table.replicaDelay(),
            limits.replicaDelay().slow().toSeconds(),
            limits.replicaDelay().stop().toSeconds(),
            Unit.SECONDS));
    signals.add(
        new Signal(
            "read-only replicas of " + table.name(), table.readOnly() ? 1 : 0, 1, 1, Unit.COUNT));
  }

  /** Going slower does not make what is still to be written less, so a forecast only stops. */
  private void addSpace(List<Signal> signals, LoadLimits limits, double stillToWrite) {
    double reserve = space.total() * limits.reserve();
    signals.add(
        new Signal(
            "space used on " + space.policy(),
            space.total() - space.free(),
            space.total() - 2 * reserve,
            space.total() - reserve,
            Unit.BYTES));
    if (stillToWrite > 0) {
      double room = Math.max(0, space.free() - reserve);
      signals.add(
          new Signal(
              "space still to be written on " + space.policy(),
              stillToWrite,
              room,
              room,
              Unit.BYTES));
    }
  }
}
