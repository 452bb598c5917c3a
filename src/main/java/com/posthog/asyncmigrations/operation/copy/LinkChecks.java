package com.posthog.asyncmigrations.operation.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /** Why two tables cannot share files, or should not. */
  List<String> refusals(CopiedTable source, CopiedTable target) {
    List<String> refusals = new ArrayList<>();
    same("columns", columns(source), columns(target), source, target).ifPresent(refusals::add);
    List<String> there = node.ask(STRUCTURE, source.name().parameters()).get(0);
    List<String> here = node.ask(STRUCTURE, target.name().parameters()).get(0);
    for (int i = 0; i < WHAT.size(); i++) {
      same(WHAT.get(i), there.get(i), here.get(i), source, target).ifPresent(refusals::add);
    }
    if (source.definition().contains("enable_block_number_column = 1")
        || !node.ask(NUMBERED, source.name().parameters()).get(0).get(0).equals("0")) {
      refusals.add(
          "%s keeps the block numbers of its rows (enable_block_number_column): they would travel with its parts, and be"
                  .formatted(source.name())
              + " taken for numbers of %s, whose later rows could then not be told from these; use mode: Rows"
                  .formatted(target.name()));
    }
    if (target.definition().contains("always_use_copy_instead_of_hardlinks = 1")) {
      refusals.add(
          "%s has the setting always_use_copy_instead_of_hardlinks, so that mode: HardLink would copy every file"
              .formatted(target.name()));
    }
    return refusals;
  }

  private static String columns(CopiedTable table) {
    return table.columns().stream()
        .filter(CopiedTable.Column::stored)
        .map(column -> column.name() + " " + column.type())
        .toList()
        .toString();
  }

  private static Optional<String> same(
      String what, String there, String here, CopiedTable source, CopiedTable target) {
    return there.equals(here)
        ? Optional.empty()
        : Optional.of(
            "mode: HardLink needs equal structure, but the %s of %s and %s differ: '%s' and '%s'"
                .formatted(what, source.name(), target.name(), there, here));
  }
}
