package com.posthog.asyncmigrations.operation.batch;

import static com.posthog.asyncmigrations.operation.batch.Destination.quoted;
import static com.posthog.asyncmigrations.operation.batch.Destination.refuse;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.operation.batch.Destination.KeyColumn;
import com.posthog.asyncmigrations.postgres.Keyset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks at a table on ClickHouse that is to be filled, and refuses one where it could not be told
 * afterwards which rows have arrived.
 */
record Destinations(ClickHouseCluster cluster, String address, String database, String table) {
  private static final String TABLE =
      """
      SELECT engine, position(engine_full, ' TTL ') > 0, arrayStringConcat(dependencies_table, ', '), sorting_key
      FROM system.tables WHERE database = {database:String} AND name = {table:String}
      """;

  private static final String COLUMNS =
      """
      SELECT name, type FROM system.columns
      WHERE database = {database:String} AND table = {table:String} AND default_kind IN ('', 'DEFAULT')
      ORDER BY position
      """;

  /** As a plan has it: {@code table} or {@code database.table}. */
  static Destinations of(ClickHouseCluster cluster, String address, String text) {
    int dot = text.indexOf('.');
    return new Destinations(
        cluster,
        address,
        dot < 0 ? cluster.database() : text.substring(0, dot),
        text.substring(dot + 1));
  }

  /**
   * The table as it is filled.
   *
   * @param columns of it, each with the expression that it gets
   * @throws ProblemException when it cannot be filled so that each row arrives once
   */
  Destination find(Keyset keyset, Map<String, String> columns) throws Busy {
    Map<String, String> all = lookAt();
    Map<String, String> types = new TreeMap<>();
    for (String name : columns.keySet()) {
      String type = all.get(name);
      if (type == null) {
        throw refuse("table %s on ClickHouse has no column %s to write to", this, name);
      }
      types.put(name, type);
    }
    List<KeyColumn> key = new ArrayList<>();
    for (Keyset.Column column : keyset.columns()) {
      String name =
          columns.entrySet().stream()
              .filter(c -> c.getValue().equals(column.name()))
              .map(Map.Entry::getKey)
              .findFirst()
              .orElseThrow(
                  () ->
                      refuse(
                          "column %s of the key is not copied as it is: it tells which rows have arrived",
                          column.name()));
      key.add(keyColumn(column, name, all.getOrDefault(name, "")));
    }
    return new Destination(
        cluster, address, quoted(database) + "." + quoted(table), types, List.copyOf(key));
  }

  private Map<String, String> lookAt() throws Busy {
    Map<String, String> named = Map.of("database", database, "table", table);
    List<List<String>> found = ask(TABLE, named);
    if (found.isEmpty()) {
      throw refuse("there is no table %s on ClickHouse", this);
    }
    List<String> it = found.get(0);
    if (!it.get(0).endsWith("MergeTree")) {
      throw refuse(
          "table %s on ClickHouse has engine %s: copyFromPostgres fills a table of the MergeTree family",
          this, it.get(0));
    }
    if (it.get(1).equals("1")) {
      throw refuse("table %s on ClickHouse has a TTL: rows that it removes would be missed", this);
    }
    if (!it.get(2).isEmpty()) {
      throw refuse(
          "table %s on ClickHouse has materialized views (%s): a batch that has to be sent again would reach them twice",
          this, it.get(2));
    }
    Map<String, String> columns = new LinkedHashMap<>();
    ask(COLUMNS, named).forEach(row -> columns.put(row.get(0), row.get(1)));
    return columns;
  }

  /** Where both servers agree about the order. */
  private KeyColumn keyColumn(Keyset.Column column, String name, String type) {
    boolean text = column.type().equals("text") || column.type().startsWith("character varying");
    return switch (column.type()) {
      case "smallint", "integer", "bigint" -> {
        if (!type.matches("U?Int(8|16|32|64)")) {
          throw refuse(
              "key column %s is of type %s, and %s of %s of type %s: it must be an integer that is not Nullable",
              column.name(), column.type(), name, this, type);
        }
        yield new KeyColumn("toInt64(%s)".formatted(quoted(name)), "Int64");
      }
      case "uuid" -> {
        if (!type.equals("UUID") && !type.equals("String")) {
          throw refuse(
              "key column %s is of type uuid, and %s of %s of type %s: it must be UUID or String",
              column.name(), name, this, type);
        }
        yield new KeyColumn("toString(%s)".formatted(quoted(name)), "String");
      }
      default -> {
        if (!text || !type.equals("String")) {
          throw refuse(
              "key column %s is of type %s, and %s of %s of type %s: a key is an integer, a uuid, or text that is a String there",
              column.name(), column.type(), name, this, type);
        }
        yield new KeyColumn(quoted(name), "String");
      }
    };
  }

  private List<List<String>> ask(String sql, Map<String, String> parameters) throws Busy {
    try {
      return cluster.ask(address, sql, parameters);
    } catch (ProblemException unanswered) {
      if (unanswered.problem().reason() == Reason.DatabaseUnreachable) {
        throw new Busy(unanswered.problem());
      }
      throw unanswered;
    }
  }

  /** For people. */
  @Override
  public String toString() {
    return database + "." + table;
  }
}
