package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.List;
import java.util.Optional;

/** Clusters of one embedded server. */
public final class Clusters {
  private Clusters() {}

  /** The server itself. */
  public static ClickHouseCluster of(TestDatabase database) {
    return through(database.server().httpPort(), database);
  }

  /** The server, by way of something that listens on this port. */
  public static ClickHouseCluster through(int port, TestDatabase database) {
    return new ClickHouseCluster(entry(port, database.name(), database.user()));
  }

  /** The server, under each of two names, as two replicas of one shard. */
  public static ClickHouseCluster twice(TestDatabase database) {
    int port = database.server().httpPort();
    return new ClickHouseCluster(
        new ClickHouseEntry(
            "127.0.0.1",
            port,
            false,
            database.name(),
            Optional.empty(),
            List.of(
                new NodeAddress(1, 1, "127.0.0.1", port), new NodeAddress(1, 2, "localhost", port)),
            database.user()));
  }

  static ClickHouseEntry entry(int port, String database, Credentials user) {
    return new ClickHouseEntry(
        "127.0.0.1", port, false, database, Optional.empty(), List.of(), user);
  }
}
