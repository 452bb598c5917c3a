package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Load;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Reads a server's load, and remembers what it has counted since the last look. */
public final class LoadSignals {
  /**
   * A table's own settings come before the server's. By their names alone the server finds the two
   * tables without a look at all others.
   */
  private static final String TABLES =
      """
      WITH
        concat({source_database:String}, '.', {source_table:String}) AS source_name,
        concat({target_database:String}, '.', {target_table:String}) AS target_name,
        (SELECT any(value) FROM system.merge_tree_settings WHERE name = 'parts_to_delay_insert') AS delay_from,
        (SELECT any(value) FROM system.merge_tree_settings WHERE name = 'parts_to_throw_insert') AS reject_from
      SELECT
        t.full_name, p.fullest, p.parts,
        if(t.own_delay = '', delay_from, t.own_delay), if(t.own_reject = '', reject_from, t.own_reject),
        r.delay, r.read_only, t.storage_policy, s.free, s.total
      FROM (
        SELECT concat(database, '.', name) AS full_name, storage_policy,
          extract(engine_full, 'parts_to_delay_insert = (\\\\d+)') AS own_delay,
          extract(engine_full, 'parts_to_throw_insert = (\\\\d+)') AS own_reject
        FROM system.tables
        WHERE database IN ({source_database:String}, {target_database:String})
          AND name IN ({source_table:String}, {target_table:String}) AND full_name IN (source_name, target_name)
      ) AS t
      LEFT JOIN (
        SELECT full_name, argMax(partition, amount) AS fullest, max(amount) AS parts
        FROM (
          SELECT concat(database, '.', table) AS full_name, partition, count() AS amount FROM system.parts
          WHERE active AND database IN ({source_database:String}, {target_database:String})
            AND table IN ({source_table:String}, {target_table:String}) AND full_name IN (source_name, target_name)
          GROUP BY full_name, partition)
        GROUP BY full_name
      ) AS p ON p.full_name = t.full_name
      LEFT JOIN (
        SELECT concat(database, '.', table) AS full_name, absolute_delay AS delay, is_readonly AS read_only
        FROM system.replicas
        WHERE database IN ({source_database:String}, {target_database:String})
            AND table IN ({source_table:String}, {target_table:String}) AND full_name IN (source_name, target_name)
      ) AS r ON r.full_name = t.full_name
      LEFT JOIN (
        SELECT policies.policy_name AS name, sum(toFloat64(disks.unreserved_space)) AS free,
          sum(toFloat64(disks.total_space)) AS total
        FROM (SELECT DISTINCT policy_name, arrayJoin(disks) AS disk FROM system.storage_policies) AS policies
        INNER JOIN system.disks AS disks ON disks.name = policies.disk
        GROUP BY name
      ) AS s ON s.name = t.storage_policy
      ORDER BY t.full_name = target_name
      """;

  private static final String SERVER =
      """
      SELECT
        (SELECT sum(value) FROM system.events WHERE event = 'DelayedInserts'),
        (SELECT sum(value) FROM system.events WHERE event = 'RejectedInserts'),
        (SELECT sum(value) FROM system.metrics WHERE metric = 'MemoryTracking'),
        (SELECT any(toFloat64OrZero(value)) FROM system.server_settings WHERE name = 'max_server_memory_usage'),
        (SELECT count() FROM system.processes WHERE elapsed > 1 AND NOT startsWith(initial_query_id, {ours:String}))
      """;

  private final ClickHouseCluster cluster;
  private final Map<String, Counted> counted = new ConcurrentHashMap<>();

  /** Reads the servers of this cluster. */
  public LoadSignals(ClickHouseCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * What is read and written.
   *
   * @param source a table
   * @param target another, on whose disks is written
   * @param ours what the ids of the work's own queries begin with
   */
  public record Work(TableName source, TableName target, String ours) {
    private Map<String, String> parameters() {
      return Map.of(
          "source_database", source.database(),
          "source_table", source.name(),
          "target_database", target.database(),
          "target_table", target.name());
    }
  }

  /** Counters, which begin anew with the server. */
  private record Counted(long delayed, long rejected) {
    private Counted since(Counted before) {
      return new Counted(since(before.delayed(), delayed), since(before.rejected(), rejected));
    }

    private static long since(long before, long now) {
      return now < before ? now : now - before;
    }
  }

  /**
   * The load of the server at an address; what it counts is counted from the second look on.
   *
   * @throws ProblemException when it does not answer, or does not tell all of it
   */
  public Load read(String address, Work work) {
    List<List<String>> tables = cluster.ask(address, TABLES, work.parameters());
    if (tables.size() < 2) {
      throw new ProblemException(
          new Problem(
              Reason.DatabaseRefused,
              "ClickHouse at %s knows %d of the two tables %s and %s"
                  .formatted(address, tables.size(), work.source(), work.target()),
              Optional.of(ClickHouseProblems.UNKNOWN_TABLE)));
    }
    List<String> server = cluster.ask(address, SERVER, Map.of("ours", work.ours())).get(0);
    Counted now = new Counted(Long.parseLong(server.get(0)), Long.parseLong(server.get(1)));
    Counted before = counted.put(address, now);
    Counted since = now.since(before == null ? now : before);
    List<String> written = tables.get(1);
    return new Load(
        tables.stream().map(LoadSignals::table).toList(),
        new Load.Space(
            written.get(7), Double.parseDouble(written.get(8)), Double.parseDouble(written.get(9))),
        since.delayed(),
        since.rejected(),
        Double.parseDouble(server.get(2)),
        Double.parseDouble(server.get(3)),
        Long.parseLong(server.get(4)));
  }

  private static Load.TableLoad table(List<String> row) {
    return new Load.TableLoad(
        row.get(0),
        row.get(1),
        Long.parseLong(row.get(2)),
        Long.parseLong(row.get(3)),
        Long.parseLong(row.get(4)),
        Long.parseLong(row.get(5)),
        row.get(6).equals("1"));
  }
}
