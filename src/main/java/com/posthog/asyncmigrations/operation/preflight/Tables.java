package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.batch.BatchPreviews;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which tables there are. */
record Tables(ClickHouseCluster cluster, BatchPreviews batches) {
  private static final String THERE =
      "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {table:String}";

  private static final String ENGINE =
      "SELECT engine FROM system.databases WHERE name = {database:String}";

  TableName name(String table) {
    return TableName.of(table, cluster.database());
  }

  /** The shard that lacks a table; absent: all have it. */
  Optional<String> lacking(TableName table) {
    return shards().stream()
        .filter(
            address -> cluster.ask(address, THERE, table.parameters()).get(0).get(0).equals("0"))
        .findFirst();
  }

  /** The shard that has a table; absent: none has. */
  Optional<String> having(TableName table) {
    return shards().stream()
        .filter(
            address -> !cluster.ask(address, THERE, table.parameters()).get(0).get(0).equals("0"))
        .findFirst();
  }

  /** The engine of a database, on the first node. */
  String engineOf(String database) {
    return cluster.ask(shards().get(0), ENGINE, Map.of("database", database)).stream()
        .findFirst()
        .map(row -> row.get(0))
        .orElse("");
  }

  /** One server of each. */
  List<String> shards() {
    return ClickHouseNode.targets(cluster.nodes(), Step.Target.EVERY_SHARD).stream()
        .map(node -> node.address())
        .toList();
  }
}
