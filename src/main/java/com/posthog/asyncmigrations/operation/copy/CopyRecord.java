package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyReport;
import com.posthog.asyncmigrations.core.copy.CopyState;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.postgres.CopyLedger;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is remembered of one copy, as it was read when the step began, with what the step has
 * written since: nobody else writes while it runs.
 */
final class CopyRecord {
  private final CopyLedger ledger;
  private final CopyLedger.Id id;
  private final String effectId;
  private final TreeMap<Integer, Chunk> chunks = new TreeMap<>();
  private final Map<String, TreeMap<Integer, Chunk>> byPartition = new HashMap<>();
  private final NavigableSet<Integer> notCopied = new TreeSet<>();
  private long rows;
  private CopyState state;

  private CopyRecord(CopyLedger ledger, CopyLedger.Id id, String effectId, CopyState state) {
    this.ledger = ledger;
    this.id = id;
    this.effectId = effectId;
    this.state = state;
  }

  /**
   * What is remembered.
   *
   * @param effectId of the step that goes on with it
   * @param first what is remembered from now on if nothing was
   */
  static CopyRecord open(CopyLedger ledger, CopyLedger.Id id, String effectId, CopyState first) {
    CopyRecord record = new CopyRecord(ledger, id, effectId, ledger.state(id).orElse(first));
    ledger.chunks(id).forEach(record::put);
    record.write(record.state, List.of());
    return record;
  }

  /** What is remembered of a copy that has begun. */
  static CopyRecord reopen(CopyLedger ledger, CopyLedger.Id id, String effectId) {
    return open(ledger, id, effectId, ledger.state(id).orElseThrow());
  }

  CopyState state() {
    return state;
  }

  List<Chunk> chunks() {
    return List.copyOf(chunks.values());
  }

  /** Those of these partitions, in that round. */
  List<Chunk> of(Set<String> partitions, int round) {
    return partitions.stream()
        .flatMap(id -> byPartition.getOrDefault(id, new TreeMap<>()).values().stream())
        .filter(chunk -> chunk.round() == round)
        .toList();
  }

  /** Those of which nothing is copied, in the order in which they were planned. */
  Stream<Chunk> notCopied() {
    return notCopied.stream().map(chunks::get);
  }

  int nextNumber() {
    return chunks.isEmpty() ? 0 : chunks.lastKey() + 1;
  }

  /** How many rows are copied and verified. */
  long rows() {
    return rows;
  }

  /**
   * What is said of it when it is done.
   *
   * @param first how the sentence begins
   */
  EffectView.Finished report(String first) {
    return new EffectView.Finished(
        rows(), Optional.of(first + CopyReport.of(chunks.values(), state.round() + 1)));
  }

  Map<String, Long> rowsByPartition() {
    Map<String, Long> rows = new HashMap<>();
    chunks.values().forEach(chunk -> rows.merge(chunk.partition(), chunk.rows(), Long::sum));
    return rows;
  }

  /** Verified, and about to replace partitions of the target. */
  Set<String> scratchesToKeep() {
    return chunks.values().stream()
        .filter(chunk -> chunk.round() == 0 && !chunk.published())
        .flatMap(chunk -> chunk.copied().stream())
        .map(Chunk.Copied::scratch)
        .collect(Collectors.toSet());
  }

  void write(CopyState next, Collection<Chunk> changed) {
    ledger.write(effectId, id, next, List.of(), changed);
    state = next;
    changed.forEach(this::put);
  }

  /** Smaller chunks take the place of one. */
  void split(Chunk chunk, Collection<Chunk> pieces) {
    ledger.write(effectId, id, state, List.of(chunk.number()), pieces);
    remove(chunk);
    pieces.forEach(this::put);
  }

  /** These partitions are begun anew. */
  void redo(CopyState next, Set<String> partitions, Collection<Chunk> planned) {
    List<Chunk> forgotten =
        chunks.values().stream().filter(c -> partitions.contains(c.partition())).toList();
    ledger.write(effectId, id, next, forgotten.stream().map(Chunk::number).toList(), planned);
    state = next;
    forgotten.forEach(this::remove);
    planned.forEach(this::put);
  }

  private void put(Chunk chunk) {
    Optional.ofNullable(chunks.get(chunk.number())).ifPresent(this::remove);
    chunks.put(chunk.number(), chunk);
    byPartition.computeIfAbsent(chunk.partition(), p -> new TreeMap<>()).put(chunk.number(), chunk);
    if (chunk.copied().isEmpty()) {
      notCopied.add(chunk.number());
    }
    rows += chunk.rows();
  }

  private void remove(Chunk chunk) {
    rows -= chunk.rows();
    chunks.remove(chunk.number());
    notCopied.remove(chunk.number());
    Optional.ofNullable(byPartition.get(chunk.partition()))
        .ifPresent(c -> c.remove(chunk.number()));
  }
}
