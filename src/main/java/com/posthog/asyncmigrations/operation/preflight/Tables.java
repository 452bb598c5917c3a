package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ShardTables;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.operation.batch.BatchPreviews;
import java.util.Map;

/** Which tables there are. */
record Tables(ClickHouseCluster cluster, BatchPreviews batches) {
  private static final String ENGINE =
      "SELECT engine FROM system.databases WHERE name = {database:String}";

  TableName name(String table) {
    return TableName.of(table, cluster.database());
  }

  /** Which shards have them. */
  ShardTables onShards() {
    return new ShardTables(cluster);
  }

  /** The engine of a database, on the first node. */
  String engineOf(String database) {
    return cluster.ask(onShards().shards().get(0), ENGINE, Map.of("database", database)).stream()
        .findFirst()
        .map(row -> row.get(0))
        .orElse("");
  }
}
