package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.util.List;
import java.util.Map;

/** What must be so before a copy begins; from then on it cannot change without being noticed. */
final class CopyChecks {
  private static final String NUMBERS =
      "SELECT count() FROM system.merge_tree_settings WHERE name = 'enable_block_number_column'";

  private static final String PATCHES =
      """
      SELECT count() FROM system.parts WHERE active AND startsWith(partition_id, 'patch-')
        AND database = {database:String} AND table = {table:String}
      """;

  private static final String PROJECTIONS =
      "SELECT count() FROM system.projections WHERE database = {database:String} AND table = {table:String}";

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
    require(!source.uuid().equals(target.uuid()), "from and to are the same table " + sourceName);
    require(
        !copy.live() || source.keepsRows() || source.replaces(),
        "%s has the engine %s, whose merges change rows: only live: None or Pause can copy it"
            .formatted(sourceName, source.engine()));
    require(
        count("SELECT count() FROM " + targetName.sql(), Map.of()) == 0,
        "%s must be empty before it is copied to".formatted(targetName));
    if (copy.hardLinks()) {
      new LinkChecks(node).require(source, target);
    } else {
      require(
          count(PROJECTIONS, targetName.parameters()) == 0,
          "%s has projections; add them in an operation after the copy".formatted(targetName));
    }
    require(
        !target.definition().contains(" TTL "),
        "%s has a TTL; add it in an operation after the copy".formatted(targetName));
    require(
        !source.definition().contains(" TTL ") || !copy.live(),
        "%s has a TTL, which removes rows while they are copied; remove it until the copy is done"
            .formatted(sourceName));
    require(
        count(PATCHES, sourceName.parameters()) == 0,
        "%s has patch parts of lightweight updates; run ALTER TABLE ... APPLY PATCHES first"
            .formatted(sourceName));
    if (copy.live()) {
      require(
          count(NUMBERS, Map.of()) > 0,
          "this server cannot number the rows of a table (enable_block_number_column), so only live: None or Pause can copy");
      for (TableName table : List.of(sourceName, targetName)) {
        node.run(
            "ALTER TABLE %s MODIFY SETTING enable_block_number_column = 1".formatted(table.sql()),
            Map.of());
      }
    }
  }

  private long count(String sql, Map<String, String> parameters) {
    return Long.parseLong(node.ask(sql, parameters).get(0).get(0));
  }

  private static void require(boolean so, String otherwise) {
    if (!so) {
      throw CopiedTable.refused(otherwise);
    }
  }
}
