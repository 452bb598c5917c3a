package com.posthog.asyncmigrations.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two shards, each a server with a loopback address of its own and the same HTTP port. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwoNodesIT {
  private final TwoShards shards = new TwoShards();

  @BeforeAll
  void start() {
    shards.start();
  }

  @AfterAll
  void stop() {
    shards.close();
  }

  @Test
  void systemClustersListsTheNodes() {
    try (ClickHouseCluster cluster = cluster(Optional.of("posthog"), List.of())) {
      assertThat(cluster.nodes())
          .extracting(node -> node.ref().target() + " " + node.ref().address())
          .containsExactly("s1r1 " + at(0), "s2r1 " + at(1));
      assertThat(cluster.nodes()).extracting(ClickHouseNode::identity).doesNotHaveDuplicates();
    }
  }

  @Test
  void aListNamesTheNodes() {
    List<NodeAddress> listed =
        List.of(
            new NodeAddress(1, 2, "127.0.0.2", shards.addresses().get(1).httpPort()),
            new NodeAddress(1, 1, "127.0.0.1", shards.addresses().get(0).httpPort()));
    try (ClickHouseCluster cluster = cluster(Optional.empty(), listed)) {
      assertThat(cluster.nodes())
          .extracting(node -> node.ref().target() + " " + node.ref().address())
          .containsExactly("s1r2 " + at(1), "s1r1 " + at(0));
    }
  }

  @Test
  void theServersKnowEachOther() {
    try (ClickHouseCluster cluster = cluster(Optional.of("posthog"), List.of())) {
      assertThat(
              cluster.ask(
                  at(0),
                  "SELECT _shard_num, getMacro('shard') FROM clusterAllReplicas('posthog', system.one)"
                      + " ORDER BY 1",
                  Map.of()))
          .containsExactly(List.of("1", "1"), List.of("2", "2"));
    }
  }

  @Test
  void aStatementIsFoundAndKilledOnWhicheverNodeItIs() {
    try (ClickHouseCluster cluster = cluster(Optional.of("posthog"), List.of())) {
      QueryLookup lookup = new QueryLookup(cluster);
      NodeRef first = cluster.nodes().get(0).ref();
      CompletableFuture<Void> end =
          CompletableFuture.runAsync(
              () -> {
                try {
                  cluster.run(
                      at(1),
                      "SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1,"
                          + " function_sleep_max_microseconds_per_block = 0",
                      "two-nodes-it",
                      Map.of(),
                      Map.of());
                } catch (AnswerLost e) {
                  throw new IllegalStateException(e);
                }
              });
      await().until(() -> lookup.find("two-nodes-it", first) instanceof Lookup.Running);

      lookup.kill("two-nodes-it", first);

      await().until(() -> lookup.find("two-nodes-it", first) instanceof Lookup.Failed);
      await().until(end::isCompletedExceptionally);
    }
  }

  private String at(int node) {
    return shards.addresses().get(node).host() + ":" + shards.addresses().get(node).httpPort();
  }

  private ClickHouseCluster cluster(Optional<String> name, List<NodeAddress> nodes) {
    return new ClickHouseCluster(
        new ClickHouseEntry(
            "127.0.0.1",
            shards.addresses().get(0).httpPort(),
            false,
            "default",
            name,
            nodes,
            TwoShards.USER));
  }
}
