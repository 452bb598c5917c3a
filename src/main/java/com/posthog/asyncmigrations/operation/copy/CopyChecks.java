package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What must be so before a copy begins; from then on it cannot change without being noticed. */
final class CopyChecks {
  private static final String NUMBERS =
      "SELECT count() FROM system.merge_tree_settings WHERE name = 'enable_block_number_column'";

  /** Those that are applied stay for a while; they are older than the parts that they are for. */
  private static final String PATCHES =
      """
      SELECT count() FROM (
        SELECT replaceRegexpOne(partition_id, '^patch-[0-9a-f]+-', '') AS id, max(data_version) AS version
        FROM system.parts WHERE active AND startsWith(partition_id, 'patch-')
          AND database = {database:String} AND table = {table:String} GROUP BY id) AS patches
      INNER JOIN (
        SELECT partition_id AS id, min(data_version) AS version
        FROM system.parts WHERE active AND NOT startsWith(partition_id, 'patch-')
          AND database = {database:String} AND table = {table:String} GROUP BY id) AS parts
      ON parts.id = patches.id
      WHERE parts.version < patches.version
      """;

  /** What a database of the engine Ordinary gives its tables. */
  private static final String NO_IDENTITY = "00000000-0000-0000-0000-000000000000";

  private static final String CREATION =
      "SELECT create_table_query FROM system.tables WHERE database = {database:String} AND name = {table:String}";

  private final CopyNode node;
  private final TableCopy copy;

  CopyChecks(CopyNode node, TableCopy copy) {
    this.node = node;
    this.copy = copy;
  }

  /**
   * Refuses what cannot be copied, by name, and has both tables number their rows.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException for the first thing that is not as it
   *     must be
   */
  void require(TableName sourceName, TableName targetName) throws AnswerLost, CopyControl.Stopped {
    CopiedTable source = CopiedTable.read(node, sourceName);
    CopiedTable target = CopiedTable.read(node, targetName);
    Optional<String> refusal = refusals(source, Optional.of(target)).stream().findFirst();
    if (refusal.isPresent()) {
      throw CopiedTable.refused(refusal.get());
    }
    if (copy.live()) {
      for (TableName table : List.of(sourceName, targetName)) {
        node.run(numbering(table), Map.of());
      }
    }
  }

  /** What has a table number its rows. */
  static String numbering(TableName table) {
    return "ALTER TABLE %s MODIFY SETTING enable_block_number_column = 1".formatted(table.sql());
  }

  /**
   * What is not as it must be. Only looks.
   *
   * @param target absent: it is not there yet, and what concerns it cannot be told
   */
  List<String> refusals(CopiedTable source, Optional<CopiedTable> target) {
    if (source.uuid().equals(NO_IDENTITY)) {
      return List.of(
          "%s has no UUID, since its database is not Atomic: nobody could tell it from the table that takes its name"
              .formatted(source.name()));
    }
    if (target.filter(to -> to.uuid().equals(source.uuid())).isPresent()) {
      return List.of("from and to are the same table " + source.name());
    }
    List<String> refusals = new ArrayList<>();
    List<String> replicas = node.replicas();
    if (replicas.size() > 1) {
      refusals.add(
          "the shard of %s has %d replicas (%s), each of which has names and settings of tables of its own: only shards of one replica can be copied"
              .formatted(source.name(), replicas.size(), String.join(", ", replicas)));
    }
    if (copy.live() && !source.keepsRows() && !source.replaces()) {
      refusals.add(
          "%s has the engine %s, whose merges change rows: only live: None or Pause can copy it"
              .formatted(source.name(), source.engine()));
    }
    if (hidesRows(source.name())) {
      refusals.add(
          "a row policy of %s hides rows from the operator's user, which a copy would lack; let the user see all of them"
              .formatted(source.name()));
    }
    target.ifPresent(to -> refusals.addAll(ofTarget(source, to)));
    if (!copy.hardLinks() && changesByAge(source)) {
      refusals.add(
          "%s has a TTL of a column or with GROUP BY, which changes rows while they are copied; remove it until the copy is done"
              .formatted(source.name()));
    }
    if (count(PATCHES, source.name().parameters()) > 0) {
      refusals.add(
          "%s has patch parts of lightweight updates; run ALTER TABLE ... APPLY PATCHES first"
              .formatted(source.name()));
    }
    if (copy.live() && count(NUMBERS, Map.of()) == 0) {
      refusals.add(
          "this server cannot number the rows of a table (enable_block_number_column), so only live: None or Pause can copy");
    }
    return refusals;
  }

  private List<String> ofTarget(CopiedTable source, CopiedTable target) {
    List<String> refusals = new ArrayList<>();
    if (count("SELECT count() FROM " + target.name().sql(), Map.of()) > 0) {
      refusals.add("%s must be empty before it is copied to".formatted(target.name()));
    }
    if (copy.hardLinks()) {
      refusals.addAll(new LinkChecks(node).refusals(source, target));
    }
    if (changesByAge(target) || (copy.hardLinks() && target.definition().contains(" TTL "))) {
      refusals.add(
          "%s has a TTL%s; add it in an operation after the copy"
              .formatted(target.name(), copy.hardLinks() ? "" : " of a column or with GROUP BY"));
    }
    Lasting.otherwise(copy, source, target)
        .ifPresent(
            column ->
                refusals.add(
                    "the TTL of %s or %s speaks of %s, which must be the same column in both, so that the rows that it removes are known"
                        .formatted(source.name(), target.name(), column)));
    return refusals;
  }

  private boolean changesByAge(CopiedTable table) {
    return table.timeToLive().groups()
        || TimeToLive.ofColumns(node.ask(CREATION, table.name().parameters()).get(0).get(0));
  }

  /** The plan of a query tells it, whether or not the user may see the policies. */
  private boolean hidesRows(TableName table) {
    return node.ask("EXPLAIN actions = 1 SELECT count() FROM " + table.sql(), Map.of()).stream()
        .anyMatch(line -> line.get(0).contains("Row level filter"));
  }

  private long count(String sql, Map<String, String> parameters) {
    return Long.parseLong(node.ask(sql, parameters).get(0).get(0));
  }
}
