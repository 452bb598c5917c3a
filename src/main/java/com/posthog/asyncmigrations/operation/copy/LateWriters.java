package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Those who may still write to a table that has lost its name, since they began before that. */
final class LateWriters {
  /** What a stream has read it writes within seconds. (Kafka: stream_flush_interval_ms, 7.5 s) */
  static final Duration STREAMS_END = Duration.ofMinutes(1);

  private static final Duration POLL = Duration.ofMillis(200);

  /**
   * Those that may write to a table of this database: by its name, or by way of a table or view of
   * another database that speaks of this one.
   */
  private static final String INSERTS =
      """
      SELECT query_id FROM system.processes
      WHERE query_kind IN ('Insert', 'AsyncInsertFlush') AND NOT startsWith(query_id, {ours:String})
        AND (current_database = {database:String} OR position(query, {database:String}) > 0
          OR (SELECT count() > 0 FROM system.tables WHERE database != {database:String}
            AND position(create_table_query, {database:String}) > 0))
      """;

  /** Tables that write into others by themselves, of this database or of one that speaks of it. */
  private static final String STREAMS =
      """
      SELECT DISTINCT engine FROM system.tables
      WHERE engine IN ('Kafka', 'RabbitMQ', 'NATS', 'S3Queue', 'AzureQueue', 'FileLog', 'Buffer')
        AND (database = {database:String} OR database IN (
          SELECT database FROM system.tables WHERE position(create_table_query, {database:String}) > 0))
      """;

  private final ClickHouseCluster cluster;
  private final CopyNode node;
  private final CopyControl control;

  /** On every server, since each may write to each. */
  LateWriters(ClickHouseCluster cluster, CopyNode node, CopyControl control) {
    this.cluster = cluster;
    this.node = node;
    this.control = control;
  }

  /** Waits until all INSERTs have ended that run now. */
  void await(TableName table) throws CopyControl.Stopped {
    Set<String> open = inserts(table);
    while (!open.isEmpty()) {
      control.waits(
          new Problem(
              Reason.Running,
              "waiting for %d INSERTs that began before the exchange".formatted(open.size())));
      control.pause(POLL);
      open.retainAll(inserts(table));
    }
  }

  /** Engines whose INSERTs are not listed anywhere. */
  Set<String> streams(TableName table) {
    return all(STREAMS, Map.of("database", table.database()));
  }

  private Set<String> inserts(TableName table) {
    return all(INSERTS, Map.of("ours", node.prefix(), "database", table.database()));
  }

  private Set<String> all(String query, Map<String, String> parameters) {
    Set<String> all = new TreeSet<>();
    for (ClickHouseNode there : cluster.nodes()) {
      for (List<String> row : cluster.ask(there.address().text(), query, parameters)) {
        all.add(row.get(0));
      }
    }
    return all;
  }
}
