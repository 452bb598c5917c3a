package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Batch;
import com.posthog.asyncmigrations.core.copy.BlockRange;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.Slice;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.preflight.CopyFacts;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook.ChunkOutlook;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at one shard as a copy would before its first chunk: the same checks, the same pieces, the
 * same statements. Changes nothing.
 */
final class CopyPreview {
  /** What stands for what only a run has in the names of its tables. */
  static final String OF_RUN = "RUN";

  private static final String UNCOMPRESSED =
      """
      SELECT partition_id, sum(data_uncompressed_bytes) FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String} GROUP BY partition_id
      """;

  private final CopyNode node;
  private final TableCopy copy;

  CopyPreview(CopyNode node, TableCopy copy) {
    this.node = node;
    this.copy = copy;
  }

  /**
   * What was found on one shard.
   *
   * @param replicated whether every replica gets what is copied
   * @param toKnow what is no problem for the copy, and may be one for who reads it
   */
  record Seen(
      CopyFacts.Shard shard,
      boolean replicated,
      List<Problem> problems,
      List<String> statements,
      List<ChunkOutlook> chunks,
      Optional<String> toKnow) {}

  /**
   * Looks.
   *
   * @param targetThere whether there is a target; else what concerns it cannot be told
   */
  Seen look(TableName sourceName, TableName targetName, boolean targetThere) {
    CopiedTable table = CopiedTable.read(node, sourceName);
    Optional<CopiedTable> target =
        targetThere ? Optional.of(CopiedTable.read(node, targetName)) : Optional.empty();
    List<Problem> problems = new ArrayList<>();
    new CopyChecks(node, copy)
        .refusals(table, target).stream()
            .map(why -> new Problem(Reason.InvalidPlan, why))
            .forEach(problems::add);
    Source source = new Source(node, table);
    if (source.mutates()) {
      problems.add(
          new Problem(
              Reason.SourceKeepsChanging,
              "a mutation of %s has not ended: the copy would wait for it".formatted(sourceName)));
    }
    List<Chunk> chunks = new ArrayList<>();
    CopyFacts.Shard shard = shard(source, chunks);
    return new Seen(
        shard,
        target.orElse(table).engine().startsWith("Replicated"),
        problems,
        statements(source, targetName, target, chunks, problems),
        chunks.stream()
            .map(c -> new ChunkOutlook(node.target(), c.partition(), source.where(c).strip()))
            .toList(),
        target.flatMap(table::otherRowsThan));
  }

  /** What is on it, cut as a copy would cut it. */
  private CopyFacts.Shard shard(Source source, List<Chunk> chunks) {
    Map<String, Long> uncompressed = new HashMap<>();
    node.ask(UNCOMPRESSED, source.table().name().parameters())
        .forEach(row -> uncompressed.put(row.get(0), Long.parseLong(row.get(1))));
    List<CopyFacts.Partition> partitions = new ArrayList<>();
    source
        .partitions()
        .forEach(
            (id, now) -> {
              BlockRange blocks = copy.live() ? new BlockRange(-1, now.newest()) : BlockRange.ALL;
              List<Slice> slices =
                  copy.hardLinks() ? List.of(Slice.WHOLE) : source.slices(id, copy.chunkRows());
              slices.forEach(
                  slice -> chunks.add(Chunk.planned(chunks.size(), 0, id, blocks, slice)));
              partitions.add(
                  new CopyFacts.Partition(
                      id,
                      now.rows(),
                      now.bytes(),
                      uncompressed.getOrDefault(id, now.bytes()),
                      slices.size()));
            });
    return new CopyFacts.Shard(node.target(), node.cores(), partitions);
  }

  /** Those of the first chunk stand for all. */
  private List<String> statements(
      Source source,
      TableName targetName,
      Optional<CopiedTable> target,
      List<Chunk> chunks,
      List<Problem> problems) {
    List<String> statements = new ArrayList<>();
    if (copy.live()) {
      statements.add(CopyChecks.numbering(source.table().name()));
      statements.add(CopyChecks.numbering(targetName));
    }
    Chunk first =
        chunks.isEmpty()
            ? Chunk.planned(0, 0, "PARTITION", BlockRange.ALL, Slice.WHOLE)
            : chunks.get(0);
    if (copy.hardLinks()) {
      statements.add(Publisher.replacement(targetName, first.partition(), source.table().name()));
    } else if (target.isPresent()) {
      try {
        statements.addAll(ofChunk(source, target.get(), first));
      } catch (ProblemException refused) {
        problems.add(refused.problem());
      }
    } else {
      TableName scratch = targetName.sibling(scratch(targetName));
      statements.add(
          "INSERT INTO %s (columns of %s) SELECT their expressions FROM %s%s"
              .formatted(
                  scratch.sql(), targetName, source.table().name().sql(), source.where(first)));
      statements.add(Publisher.replacement(targetName, first.partition(), scratch));
    }
    return statements;
  }

  private List<String> ofChunk(Source source, CopiedTable target, Chunk chunk) {
    ColumnMap columns = ColumnMap.of(node, copy, source.table(), target);
    ChunkText text = new ChunkText(source, columns);
    String name = scratch(target.name());
    Scratches scratches = new Scratches(node, target, "", "");
    TableName scratch = scratches.named(name);
    boolean samePartitions = columns.keepsPartitions(source.table(), target);
    List<String> statements = new ArrayList<>();
    statements.add(scratches.creation(name));
    statements.add(text.insert(Batch.of(chunk), scratch));
    ChunkText.Comparison comparison =
        text.comparison(
            Batch.of(chunk), scratch, Lasting.of(source.table(), target).condition(node));
    statements.add(comparison.sourceSums());
    statements.add(comparison.targetSums());
    Survivors.of(copy, source.table(), target)
        .ifPresent(
            survivors -> {
              statements.add(survivors.repeats(scratch));
              statements.add(comparison.sourceSurvivors(survivors));
              statements.add(comparison.targetSurvivors(survivors));
            });
    statements.add(
        Publisher.replacement(
            target.name(), samePartitions ? chunk.partition() : "PARTITION", scratch));
    statements.add("DROP TABLE IF EXISTS " + scratch.sql() + " SYNC");
    return statements;
  }

  private static String scratch(TableName target) {
    return "%s__am_%s_1".formatted(target.name(), OF_RUN);
  }
}
