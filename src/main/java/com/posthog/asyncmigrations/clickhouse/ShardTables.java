package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.plan.Step;
import java.util.List;
import java.util.Optional;

/** Which shards have a table. */
public record ShardTables(ClickHouseCluster cluster) {
  private static final String THERE =
      "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {table:String}";

  /**
   * The address of a shard that lacks a table; absent: all have it.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException when a server does not answer
   */
  public Optional<String> lacking(TableName table) {
    return shards().stream().filter(shard -> !has(shard, table)).findFirst();
  }

  /**
   * The address of a shard that has a table; absent: none has.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException when a server does not answer
   */
  public Optional<String> having(TableName table) {
    return shards().stream().filter(shard -> has(shard, table)).findFirst();
  }

  /** The address of one server of each shard. */
  public List<String> shards() {
    return ClickHouseNode.targets(cluster.nodes(), Step.Target.EVERY_SHARD).stream()
        .map(NodeRef::address)
        .toList();
  }

  private boolean has(String shard, TableName table) {
    return !cluster.ask(shard, THERE, table.parameters()).get(0).get(0).equals("0");
  }
}
