package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ShardTables;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Plan;

/** What exchanges have left behind: as long as it is there, they can be undone. */
public record Backups(ClickHouseCluster cluster) {

  /**
   * Whether the backup of one of the plan's exchanges, all of which are done, is gone on a shard.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException when a server does not answer
   */
  public boolean gone(Plan plan) {
    ShardTables tables = new ShardTables(cluster);
    return plan.operations().stream()
        .flatMap(operation -> operation.steps().stream())
        .filter(ExchangeTables.class::isInstance)
        .map(ExchangeTables.class::cast)
        .map(e -> TableName.of(e.copy().source(), cluster.database()).sibling(e.backup()))
        .anyMatch(backup -> tables.lacking(backup).isPresent());
  }
}
