package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import java.util.List;

/**
 * Parts go only to a table of equal structure, and files can be shared only on the same disk: what
 * ClickHouse asks of both tables of a REPLACE PARTITION, by name and before anything begins.
 */
record LinkChecks(CopyNode node) {
  /** Columns are what differs, in the order of {@link #WHAT}. */
  private static final String STRUCTURE =
      """
      SELECT partition_key, sorting_key, primary_key, storage_policy,
        (SELECT arrayStringConcat(arraySort(groupArray(concat(name, ' ', expr, ' TYPE ', type_full,
            ' GRANULARITY ', toString(granularity)))), ', ')
          FROM system.data_skipping_indices WHERE database = {database:String} AND table = {table:String}),
        (SELECT arrayStringConcat(arraySort(groupArray(concat(name, ' ', query))), ', ')
          FROM system.projections WHERE database = {database:String} AND table = {table:String})
      FROM system.tables WHERE database = {database:String} AND name = {table:String}
      """;

  private static final List<String> WHAT =
      List.of(
          "partition key",
          "sorting key",
          "primary key",
          "storage policy",
          "skipping indices",
          "projections");

  private static final String NUMBERED =
      """
      SELECT count() FROM system.parts_columns WHERE active AND column = '_block_number'
        AND database = {database:String} AND table = {table:String}
      """;

  /**
   * Refuses two tables that cannot share files, or should not.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException for the first difference
   */
  void require(CopiedTable source, CopiedTable target) {
    same("columns", columns(source), columns(target), source.name(), target.name());
    List<String> there = node.ask(STRUCTURE, source.name().parameters()).get(0);
    List<String> here = node.ask(STRUCTURE, target.name().parameters()).get(0);
    for (int i = 0; i < WHAT.size(); i++) {
      same(WHAT.get(i), there.get(i), here.get(i), source.name(), target.name());
    }
    if (source.definition().contains("enable_block_number_column = 1")
        || !node.ask(NUMBERED, source.name().parameters()).get(0).get(0).equals("0")) {
      throw CopiedTable.refused(
          "%s keeps the block numbers of its rows (enable_block_number_column): they would travel with its parts, and be"
                  .formatted(source.name())
              + " taken for numbers of %s, whose later rows could then not be told from these; use mode: Rows"
                  .formatted(target.name()));
    }
    if (target.definition().contains("always_use_copy_instead_of_hardlinks = 1")) {
      throw CopiedTable.refused(
          "%s has the setting always_use_copy_instead_of_hardlinks, so that mode: HardLink would copy every file"
              .formatted(target.name()));
    }
  }

  private static String columns(CopiedTable table) {
    return table.columns().stream()
        .filter(CopiedTable.Column::stored)
        .map(column -> column.name() + " " + column.type())
        .toList()
        .toString();
  }

  private static void same(
      String what, String there, String here, TableName source, TableName target) {
    if (!there.equals(here)) {
      throw CopiedTable.refused(
          "mode: HardLink needs equal structure, but the %s of %s and %s differ: '%s' and '%s'"
              .formatted(what, source, target, there, here));
    }
  }
}
