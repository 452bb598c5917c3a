package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A server that has answered.
 *
 * @param serverUuid what it says it is
 * @param boot when it was started, by its own clock; see {@link #sameBoot}
 * @param seen when it said so, by its own clock; its query log has an entry from before
 */
public record ClickHouseNode(
    NodeAddress address, String serverUuid, String version, Instant boot, Instant seen) {
  /** Servers tell their uptime in whole seconds, and their clocks may be set. */
  private static final Duration BOOT_TOLERANCE = Duration.ofSeconds(2);

  private static final String NO_UUID = new UUID(0, 0).toString();

  /**
   * Its identity. A server that has no UUID, as {@code clickhouse local}, is taken for the one at
   * its address.
   */
  public String identity() {
    return serverUuid.equals(NO_UUID) ? address.text() : serverUuid;
  }

  /** What a step for it is recorded with. */
  public NodeRef ref() {
    return new NodeRef(
        "s" + address.shard() + "r" + address.replica(), address.text(), identity(), boot, seen);
  }

  /** What a step is recorded with that runs on these of a cluster's nodes. */
  public static List<NodeRef> targets(List<ClickHouseNode> nodes, Step.Target on) {
    return switch (on) {
      case ONE_NODE -> List.of(nodes.get(0).ref());
      case EVERY_NODE -> nodes.stream().map(ClickHouseNode::ref).toList();
      case EVERY_SHARD ->
          nodes.stream()
              .collect(
                  Collectors.toMap(
                      node -> node.address().shard(),
                      ClickHouseNode::ref,
                      (first, other) -> first,
                      LinkedHashMap::new))
              .values()
              .stream()
              .toList();
    };
  }

  /** Whether two answers to when a server was started mean the same start. */
  static boolean sameBoot(Instant one, Instant other) {
    return Duration.between(one, other).abs().compareTo(BOOT_TOLERANCE) <= 0;
  }
}
