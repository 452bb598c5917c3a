package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The active parts of a table.
 *
 * @param all each of them
 */
record Parts(List<Part> all) {
  private static final String PARTS =
      """
      SELECT name, partition_id, hash_of_all_files, rows, bytes_on_disk, max_block_number FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String}
        AND ({partition:String} = '' OR partition_id = {partition:String})
      ORDER BY partition_id, max_block_number
      """;

  /**
   * One part.
   *
   * @param hash of all its files: equal parts have an equal one, in whatever table
   * @param newest number of its newest block
   */
  record Part(String name, String partition, String hash, long rows, long bytes, long newest) {}

  static Parts of(CopyNode node, TableName table) {
    return of(node, table, "");
  }

  /** Those of one partition. */
  static Parts of(CopyNode node, TableName table, String partition) {
    Map<String, String> parameters = new HashMap<>(table.parameters());
    parameters.put("partition", partition);
    return new Parts(
        node.ask(PARTS, parameters).stream()
            .map(
                row ->
                    new Part(
                        row.get(0),
                        row.get(1),
                        row.get(2),
                        Long.parseLong(row.get(3)),
                        Long.parseLong(row.get(4)),
                        Long.parseLong(row.get(5))))
            .toList());
  }

  /** Those of one partition. */
  Parts in(String partition) {
    return new Parts(all.stream().filter(p -> p.partition().equals(partition)).toList());
  }

  List<String> hashes() {
    return all.stream().map(Part::hash).sorted().toList();
  }

  List<String> partitions() {
    return all.stream().map(Part::partition).distinct().toList();
  }

  /** How many the partition has that has most. */
  int most() {
    return all.stream()
        .collect(Collectors.groupingBy(Part::partition, Collectors.summingInt(part -> 1)))
        .values()
        .stream()
        .max(Comparator.naturalOrder())
        .orElse(0);
  }

  long rows() {
    return all.stream().mapToLong(Part::rows).sum();
  }

  long bytes() {
    return all.stream().mapToLong(Part::bytes).sum();
  }

  /** Those with one of these hashes. */
  Parts like(List<String> hashes) {
    return new Parts(
        all.stream().filter(p -> hashes.contains(p.hash())).collect(Collectors.toList()));
  }
}
