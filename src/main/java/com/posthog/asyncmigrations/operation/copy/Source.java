package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.copy.Batch;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.KeyColumn;
import com.posthog.asyncmigrations.core.copy.Slice;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The rows of the table that is copied, which is in use. */
final class Source {
  /**
   * The version of the newest mutation of a part is the fifth piece of its name. A lightweight
   * update changes no part, but adds one to a partition of its own, with a version too.
   */
  private static final String PARTITIONS =
      """
      SELECT replaceRegexpOne(partition_id, '^patch-[0-9a-f]+-', '') AS id, maxIf(max_block_number, NOT patch),
        max(toUInt64OrZero(splitByChar('_', name)[5])), sumIf(rows, NOT patch), sumIf(bytes_on_disk, NOT patch)
      FROM (
        SELECT *, startsWith(partition_id, 'patch-') AS patch FROM system.parts
        WHERE active AND database = {database:String} AND table = {table:String})
      GROUP BY id HAVING countIf(NOT patch) > 0
      """;

  private static final String MUTATIONS =
      """
      SELECT count() FROM system.mutations
      WHERE database = {database:String} AND table = {table:String} AND NOT is_done
      """;

  /**
   * First rows of granules, in the key's order, that cut the rows into pieces of the same size,
   * which is as near as can be to the one that is wanted. A part's last mark begins no granule.
   */
  private static final String BOUNDS =
      """
      SELECT %4$s FROM (
        SELECT *, greatest(1, round(__am_all / %3$d)) AS __am_pieces,
          least(__am_pieces - 1, floor((__am_before + rows_in_granule / 2) * __am_pieces / __am_all)) AS __am_piece
        FROM (
          SELECT %1$s, rows_in_granule, sum(rows_in_granule) OVER () AS __am_all,
            sum(rows_in_granule) OVER (ORDER BY %1$s ROWS UNBOUNDED PRECEDING) - rows_in_granule AS __am_before
          FROM mergeTreeIndex({database:String}, {table:String})
          WHERE part_name IN (SELECT name FROM system.parts WHERE active AND database = {database:String}
            AND table = {table:String} AND partition_id = {partition:String}) AND rows_in_granule > 0 AND (%2$s)))
      WHERE __am_piece > 0 AND __am_before > 0 ORDER BY __am_before LIMIT 1 BY __am_piece
      """;

  private final CopyNode node;
  private final CopiedTable table;

  Source(CopyNode node, CopiedTable table) {
    this.node = node;
    this.table = table;
  }

  CopiedTable table() {
    return table;
  }

  /**
   * A partition as it is now.
   *
   * @param newest number of its newest block
   * @param mutation version of the newest mutation or lightweight update of its parts
   * @param rows about how many: deleted ones are counted too
   * @param bytes on disk
   */
  record Partition(long newest, long mutation, long rows, long bytes) {
    /** Of one that has no parts any more. */
    static final Partition GONE = new Partition(-1, 0, 0, 0);
  }

  NavigableMap<String, Partition> partitions() {
    NavigableMap<String, Partition> partitions = new TreeMap<>();
    for (List<String> row : node.ask(PARTITIONS, table.name().parameters())) {
      partitions.put(
          row.get(0),
          new Partition(
              Long.parseLong(row.get(1)),
              Long.parseLong(row.get(2)),
              Long.parseLong(row.get(3)),
              Long.parseLong(row.get(4))));
    }
    return partitions;
  }

  /** The partitions that have got blocks after these, whatever merges have done since. */
  NavigableMap<String, Partition> grown(ToLongFunction<String> after) {
    NavigableMap<String, Partition> grown = partitions();
    grown.entrySet().removeIf(p -> p.getValue().newest() <= after.applyAsLong(p.getKey()));
    return grown;
  }

  /** Whether a mutation of it has not ended. */
  boolean mutates() {
    return !node.ask(MUTATIONS, table.name().parameters()).get(0).get(0).equals("0");
  }

  /** The partitions of a target that the rows of each partition go to. */
  Map<String, List<String>> targets(String partitionKey, ColumnMap columns)
      throws AnswerLost, CopyControl.Stopped {
    String select =
        partitionKey.isEmpty()
            ? "SELECT _partition_id, ['all'] FROM %s GROUP BY _partition_id"
                .formatted(table.name().sql())
            : "SELECT p, groupUniqArray(partitionId(%s)) FROM (SELECT _partition_id AS p, %s FROM %s) GROUP BY p"
                .formatted(partitionKey, columns.aliased(), table.name().sql());
    Map<String, List<String>> targets = new HashMap<>();
    for (List<String> row : node.read(select, Map.of())) {
      targets.put(row.get(0), List.of(row.get(1).replaceAll("[\\[\\]']", "").split(",")));
    }
    return targets;
  }

  /** Slices of a partition of so many rows, about. */
  List<Slice> slices(String partition, long rows) {
    return cut(partition, Slice.WHOLE, rows);
  }

  /** A slice in two of about the same size; as it is, where it is too small for that. */
  List<Slice> halves(String partition, Slice whole) {
    if (KeyColumn.bounding(table.key()).isEmpty()) {
      return List.of(whole);
    }
    List<List<String>> all = node.ask(bounds(whole, 1), of(partition));
    return all.isEmpty() ? List.of(whole) : whole.cutAt(List.of(all.get(all.size() / 2)));
  }

  private List<Slice> cut(String partition, Slice within, long rows) {
    return KeyColumn.bounding(table.key()).isEmpty()
        ? List.of(within)
        : within.cutAt(node.ask(bounds(within, rows), of(partition)));
  }

  private String bounds(Slice within, long rows) {
    List<KeyColumn> key = KeyColumn.bounding(table.key()).stream().map(KeyColumn::ofIndex).toList();
    String columns = key.stream().map(KeyColumn::expression).collect(Collectors.joining(", "));
    String bounds = key.stream().map(KeyColumn::bound).collect(Collectors.joining(", "));
    return BOUNDS.formatted(columns, within.condition(key), rows, bounds);
  }

  private Map<String, String> of(String partition) {
    Map<String, String> parameters = new HashMap<>(table.name().parameters());
    parameters.put("partition", partition);
    return parameters;
  }

  /** The condition that the rows of these chunks, and no others, meet. */
  String where(Batch batch) {
    return batch.alone() ? where(batch.first()) : " WHERE " + blocks(batch.chunks());
  }

  /** The condition that its rows, and no others, meet. */
  String where(Chunk chunk) {
    return " WHERE _partition_id = '%s' AND %s AND (%s)"
        .formatted(
            chunk.partition(),
            chunk.blocks().condition(),
            chunk.slice().condition(KeyColumn.bounding(table.key())));
  }

  /** How many rows each of these chunks has, which are of different partitions, and not slices. */
  Map<Integer, Long> rows(List<Chunk> chunks) throws AnswerLost, CopyControl.Stopped {
    Map<String, Long> byPartition = counts(blocks(chunks));
    return chunks.stream()
        .collect(
            Collectors.toMap(
                Chunk::number, chunk -> byPartition.getOrDefault(chunk.partition(), 0L)));
  }

  private static String blocks(List<Chunk> chunks) {
    Map<String, Long> after = new TreeMap<>();
    Map<String, Long> upTo = new TreeMap<>();
    for (Chunk chunk : chunks) {
      after.put(chunk.partition(), chunk.blocks().after());
      upTo.put(chunk.partition(), chunk.blocks().upTo());
    }
    return "_partition_id IN (%s) AND _block_number > %s AND %s"
        .formatted(quoted(upTo.keySet()), ofPartition(after), upTo(upTo));
  }

  /** How many rows each partition has. */
  Map<String, Long> counts() throws AnswerLost, CopyControl.Stopped {
    return counts("true");
  }

  /** How many rows each partition has up to these blocks. */
  Map<String, Long> counts(Map<String, Long> upTo) throws AnswerLost, CopyControl.Stopped {
    return counts(upTo(upTo));
  }

  /** Rows of blocks up to these, by partition; none of other partitions. */
  static String upTo(Map<String, Long> blocks) {
    if (blocks.isEmpty()) {
      return "false";
    }
    return "_block_number <= " + ofPartition(blocks);
  }

  private static String ofPartition(Map<String, Long> blocks) {
    return "transform(_partition_id, [%s], [%s]::Array(Int64), toInt64(-1))"
        .formatted(
            quoted(blocks.keySet()),
            blocks.values().stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }

  private static String quoted(Collection<String> partitions) {
    return partitions.stream().map(p -> "'" + p + "'").collect(Collectors.joining(", "));
  }

  /** How many rows meet a condition; of all of them the server need not read any. */
  long count(String where) throws AnswerLost, CopyControl.Stopped {
    return Long.parseLong(
        node.read("SELECT count() FROM %s WHERE %s".formatted(table.name().sql(), where), Map.of())
            .get(0)
            .get(0));
  }

  /** How many rows each partition has that meet a condition. */
  Map<String, Long> counts(String where) throws AnswerLost, CopyControl.Stopped {
    Map<String, Long> counts = new HashMap<>();
    for (List<String> row :
        node.read(
            "SELECT _partition_id, count() FROM %s WHERE %s GROUP BY _partition_id"
                .formatted(table.name().sql(), where),
            Map.of())) {
      counts.put(row.get(0), Long.parseLong(row.get(1)));
    }
    return counts;
  }
}
