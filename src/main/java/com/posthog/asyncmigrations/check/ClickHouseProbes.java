package com.posthog.asyncmigrations.check;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.check.Measured;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** What the built-in checks measure, on every node of a ClickHouse cluster. */
final class ClickHouseProbes {
  private static final String LOCAL_DISKS =
      "SELECT name, toFloat64(free_space) FROM system.disks WHERE lower(type) = 'local'";

  /** The disks of a policy together: where one is full, parts go to the next. */
  private static final String SPACE_FOR_TABLE =
      """
      SELECT disks.names, disks.free, parts.size
      FROM (
        SELECT arrayStringConcat(groupArray(name), ', ') AS names, sum(toFloat64(free_space)) AS free
        FROM system.disks
        WHERE name IN (
          SELECT arrayJoin(disks) FROM system.storage_policies
          WHERE policy_name IN (
            SELECT storage_policy FROM system.tables
            WHERE database = {database:String} AND name = {table:String}))
      ) AS disks
      CROSS JOIN (
        SELECT toFloat64(sum(bytes_on_disk)) AS size FROM system.parts
        WHERE active AND database = {database:String} AND table = {table:String}
      ) AS parts
      WHERE disks.names != ''
      """;

  private static final String UNFINISHED_MUTATIONS =
      """
      SELECT table, mutation_id, latest_fail_reason FROM system.mutations
      WHERE NOT is_done AND database = {database:String} AND ({table:String} = '' OR table = {table:String})
      ORDER BY latest_fail_reason = '', create_time LIMIT 100
      """;

  private static final String REPLICAS =
      """
      SELECT table, absolute_delay, is_readonly, is_session_expired FROM system.replicas
      WHERE database = {database:String} AND ({table:String} = '' OR table = {table:String})
      """;

  private static final String BACKLOG =
      """
      SELECT fullest.name, fullest.parts, running.merges
      FROM (
        SELECT argMax(place, amount) AS name, max(amount) AS parts
        FROM (
          SELECT concat('partition ', partition, ' of ', table) AS place, count() AS amount FROM system.parts
          WHERE active AND database = {database:String} AND ({table:String} = '' OR table = {table:String})
          GROUP BY table, partition)
      ) AS fullest
      CROSS JOIN (
        SELECT count() AS merges FROM system.merges
        WHERE database = {database:String} AND ({table:String} = '' OR table = {table:String})
      ) AS running
      """;

  private final ClickHouseCluster cluster;

  ClickHouseProbes(ClickHouseCluster cluster) {
    this.cluster = cluster;
  }

  List<Measured.Space> spaces(Optional<String> table) {
    if (table.isEmpty()) {
      return onEveryNode(
          LOCAL_DISKS,
          table,
          (node, row) ->
              new Measured.Space(
                  node, row.get(0), Double.parseDouble(row.get(1)), Optional.empty()));
    }
    return nodes()
        .map(
            node ->
                cluster.ask(node, SPACE_FOR_TABLE, named(table)).stream()
                    .findFirst()
                    .map(
                        row ->
                            new Measured.Space(
                                node,
                                row.get(0),
                                Double.parseDouble(row.get(1)),
                                Optional.of(Double.parseDouble(row.get(2)))))
                    .orElseGet(() -> new Measured.Space(node, "", 0, Optional.empty())))
        .toList();
  }

  List<Measured.Mutation> unfinishedMutations(Optional<String> table) {
    return onEveryNode(
        UNFINISHED_MUTATIONS,
        table,
        (node, row) -> new Measured.Mutation(node, row.get(0), row.get(1), row.get(2)));
  }

  List<Measured.Replica> replicas(Optional<String> table) {
    return onEveryNode(
        REPLICAS,
        table,
        (node, row) ->
            new Measured.Replica(
                node,
                row.get(0),
                Long.parseLong(row.get(1)),
                row.get(2).equals("1"),
                row.get(3).equals("1")));
  }

  List<Measured.Backlog> backlogs(Optional<String> table) {
    return onEveryNode(
        BACKLOG,
        table,
        (node, row) ->
            new Measured.Backlog(
                node, row.get(0), Long.parseLong(row.get(1)), Long.parseLong(row.get(2))));
  }

  private <M> List<M> onEveryNode(
      String sql, Optional<String> table, BiFunction<String, List<String>, M> measured) {
    return nodes()
        .flatMap(
            node ->
                cluster.ask(node, sql, named(table)).stream().map(row -> measured.apply(node, row)))
        .toList();
  }

  private Stream<String> nodes() {
    return cluster.nodes().stream().map(node -> node.address().text());
  }

  /** A table may name its database. */
  private Map<String, String> named(Optional<String> table) {
    String text = table.orElse("");
    int dot = text.indexOf('.');
    return Map.of(
        "database",
        dot < 0 ? cluster.database() : text.substring(0, dot),
        "table",
        text.substring(dot + 1));
  }
}
