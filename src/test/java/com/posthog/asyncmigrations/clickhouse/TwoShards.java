package com.posthog.asyncmigrations.clickhouse;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerAddress;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Two servers of their own, which know each other as the shards of the cluster posthog. */
public final class TwoShards implements AutoCloseable {
  static final Credentials USER = new Credentials("posthog", "secret");

  private final List<ServerAddress> addresses = new ArrayList<>();
  private final List<ClickHouseProcess> servers = new ArrayList<>();
  private final List<ClickHouseCluster> clusters = new ArrayList<>();
  private Optional<Reaper> reaper = Optional.empty();

  /** Starts both; the test is skipped where a machine has one loopback address only. */
  public void start() {
    assumeTrue(
        System.getProperty("os.name").startsWith("Linux"),
        "needs more than one loopback address, which only Linux has without configuration");
    Path engine = SharedClickHouse.engine();
    addresses.addAll(ServerAddress.sharingHttpPort("127.0.0.1", "127.0.0.2"));
    ServerOptions.Cluster cluster =
        new ServerOptions.Cluster("posthog", addresses.stream().map(List::of).toList());
    Reaper here = new Reaper();
    reaper = Optional.of(here);
    for (ServerAddress address : addresses) {
      ServerOptions options = new ServerOptions(address, USER, Optional.of(cluster));
      servers.add(ClickHouseProcess.start(engine, options, here));
    }
  }

  List<ServerAddress> addresses() {
    return addresses;
  }

  /** This database on each of them. */
  public List<TestDatabase> databases(String name) {
    return servers.stream().map(server -> new TestDatabase(server, USER, name)).toList();
  }

  /** Both, by way of the first, for this database; closed with them. */
  public ClickHouseCluster cluster(String database) {
    ClickHouseCluster cluster =
        new ClickHouseCluster(
            new ClickHouseEntry(
                "127.0.0.1",
                addresses.get(0).httpPort(),
                false,
                database,
                Optional.of("posthog"),
                List.of(),
                USER));
    clusters.add(cluster);
    return cluster;
  }

  @Override
  public void close() {
    clusters.forEach(ClickHouseCluster::close);
    servers.forEach(ClickHouseProcess::close);
    reaper.ifPresent(Reaper::close);
  }
}
