package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What tables are called now: their identities stay, whoever has renamed them. */
final class Names {
  private static final String BY_IDENTITY =
      "SELECT name FROM system.tables WHERE database = {database:String} AND toString(uuid) = {uuid:String}";

  private static final String VIEWS =
      """
      SELECT arrayZip(dependencies_database, dependencies_table) FROM system.tables
      WHERE database = {database:String} AND name = {table:String}
      """;

  private final CopyNode node;
  private final TableName anyOfThem;

  /** Of tables in the database of this one. */
  Names(CopyNode node, TableName anyOfThem) {
    this.node = node;
    this.anyOfThem = anyOfThem;
  }

  Optional<TableName> of(String uuid) {
    Map<String, String> parameters = new HashMap<>();
    parameters.put("database", anyOfThem.database());
    parameters.put("uuid", uuid);
    return node.ask(BY_IDENTITY, parameters).stream()
        .findFirst()
        .map(row -> anyOfThem.sibling(row.get(0)));
  }

  /** Whether the table of this identity has that name. */
  boolean has(TableName name, String uuid) {
    return of(uuid).equals(Optional.of(name));
  }

  /** The views that INSERTs into a table fire, as one text. */
  String views(TableName table) {
    List<List<String>> row = node.ask(VIEWS, table.parameters());
    return row.isEmpty() ? "[]" : row.get(0).get(0);
  }

  /** Gives a table another name, unless it has it. */
  void rename(String uuid, TableName to) throws AnswerLost, CopyControl.Stopped {
    TableName now =
        of(uuid)
            .orElseThrow(
                () -> CopiedTable.refused("the table that should become " + to + " is gone"));
    if (!now.equals(to)) {
      node.run(renaming(now, to), Map.of());
    }
  }

  /** The statement for that. */
  static String renaming(TableName now, TableName to) {
    return "RENAME TABLE %s TO %s".formatted(now.sql(), to.sql());
  }
}
