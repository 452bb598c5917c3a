package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.Step;
import java.util.List;

/** What exchanges have left behind: as long as it is there, they can be undone. */
public record Backups(ClickHouseCluster cluster) {

  /**
   * Whether the backup of one of the plan's exchanges, all of which are done, is gone on a shard.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException when a server does not answer
   */
  public boolean gone(Plan plan) {
    List<NodeRef> shards = ClickHouseNode.targets(cluster.nodes(), Step.Target.EVERY_SHARD);
    return plan.operations().stream()
        .flatMap(operation -> operation.steps().stream())
        .filter(ExchangeTables.class::isInstance)
        .map(ExchangeTables.class::cast)
        .map(e -> TableName.of(e.copy().source(), cluster.database()).sibling(e.backup()))
        .anyMatch(backup -> shards.stream().anyMatch(shard -> !has(shard, backup)));
  }

  private boolean has(NodeRef shard, TableName table) {
    return !cluster
        .ask(
            shard.address(),
            "SELECT 1 FROM system.tables WHERE database = {database:String} AND name = {table:String}",
            table.parameters())
        .isEmpty();
  }
}
