package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.Credentials;
import java.util.List;
import java.util.Optional;

/**
 * How a cluster is entered, and how its nodes are found from there.
 *
 * @param httpPort HTTP port of the host, and of every node that {@code system.clusters} lists
 * @param secure whether the HTTP ports speak TLS
 * @param database the database that statements run in
 * @param cluster name in {@code system.clusters}
 * @param nodes the nodes, where that does not tell how to reach them; comes first
 */
public record ClickHouseEntry(
    String host,
    int httpPort,
    boolean secure,
    String database,
    Optional<String> cluster,
    List<NodeAddress> nodes,
    Credentials credentials) {

  /** Keeps a copy of the list. */
  public ClickHouseEntry {
    nodes = List.copyOf(nodes);
  }

  /** The host itself, which is the only node where neither a cluster nor a list is given. */
  public NodeAddress self() {
    return new NodeAddress(1, 1, host, httpPort);
  }
}
