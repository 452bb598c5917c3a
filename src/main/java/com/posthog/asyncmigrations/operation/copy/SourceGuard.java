package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Notices what happens to the source besides the INSERTs that block numbers tell of. */
final class SourceGuard {
  private static final Duration POLL = Duration.ofSeconds(1);

  private final CopyNode node;
  private final Source source;
  private final CopyRecord record;
  private final CopyControl control;
  private final boolean live;
  private final Lasting lasting;

  /**
   * Of one copy.
   *
   * @param live whether INSERTs are allowed
   * @param lasting the rows that are compared
   */
  SourceGuard(
      CopyNode node,
      Source source,
      CopyRecord record,
      CopyControl control,
      boolean live,
      Lasting lasting) {
    this.lasting = lasting;
    this.node = node;
    this.source = source;
    this.record = record;
    this.control = control;
    this.live = live;
  }

  /** Nothing has happened to the source that a target lacks which has its name now. */
  void requireNothingElse() throws AnswerLost, CopyControl.Stopped {
    requireNoLateMutation();
    requireWhole();
  }

  /** Every row that was planned was copied, and nothing else has happened to the source. */
  void requireWhole() throws AnswerLost, CopyControl.Stopped {
    requireWhole(lasting.condition(node));
  }

  /** The same, and the target has as many rows, besides those that it had before. */
  void requireWholeIn(CopiedTable target) throws AnswerLost, CopyControl.Stopped {
    Optional<String> condition = lasting.condition(node);
    long there = requireWhole(condition);
    long besides = record.state().besides();
    boolean known = besides == 0 || lasting.all(); // else some of those may have expired
    if (known && source.table().keepsRows() && target.keepsRows()) {
      long here = new Source(node, target).count(condition.orElse("true")) - besides;
      if (there != here) {
        throw changed(
            "%s has %d rows%s, and %s has %d of them: rows came or went in another way than by an INSERT into %1$s"
                .formatted(
                    source.table().name(),
                    there,
                    condition.isPresent() ? " that no TTL removes within the hour" : "",
                    target.name(),
                    here));
      }
    }
  }

  /** How many rows it has of those that are compared. */
  private long requireWhole(Optional<String> condition) throws AnswerLost, CopyControl.Stopped {
    CopiedTable now = CopiedTable.read(node, source.table().name());
    if (!now.uuid().equals(record.state().source())
        || !now.shape().equals(record.state().shape())) {
      throw changed(
          "%s was changed while it was copied: it has other columns or settings now, or is another table"
              .formatted(source.table().name()));
    }
    String compared = condition.orElse("true");
    Map<String, Long> there =
        source.counts(
            live
                ? "(%s) AND %s".formatted(Source.upTo(record.state().upTo()), compared)
                : compared);
    Map<String, Long> here = record.rowsByPartition();
    Set<String> partitions = new TreeSet<>(there.keySet());
    partitions.addAll(here.keySet());
    for (String partition : partitions) {
      requireRows(partition, there.getOrDefault(partition, 0L), here.getOrDefault(partition, 0L));
    }
    if (!live) {
      requireNothingNew();
    }
    return there.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Merges may have made the rows fewer since, and an INSERT as many again. */
  private void requireNothingNew() {
    NavigableMap<String, Source.Partition> grown = source.grown(record.state()::upTo);
    if (!grown.isEmpty()) {
      throw changed(
          "partition %s of %s has got rows since it was copied, which live: None and Pause do not allow"
              .formatted(grown.firstKey(), source.table().name()));
    }
  }

  private void requireRows(String partition, long has, long copied) {
    if (has > copied || (has < copied && source.table().keepsRows() && lasting.all())) {
      throw changed(
          "partition %s of %s has %d rows, and %d were copied: rows came or went in another way than by an INSERT%s"
              .formatted(
                  partition,
                  source.table().name(),
                  has,
                  copied,
                  live ? "" : ", or by one, which live: None and Pause do not allow"));
    }
  }

  /** The partitions whose rows a mutation has changed since they were planned. */
  Set<String> mutated(NavigableMap<String, Source.Partition> now) {
    return record.state().partitions().entrySet().stream()
        .filter(
            p ->
                now.containsKey(p.getKey())
                    && now.get(p.getKey()).mutation() > p.getValue().mutation())
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** A mutation that began just before the exchange is missing in the copy. */
  private void requireNoLateMutation() {
    if (source.mutates() || !mutated(source.partitions()).isEmpty()) {
      throw changed(
          "a mutation of %s began just before the tables were exchanged: its copy, which has its name now, lacks it until it is repeated"
              .formatted(source.table().name()));
    }
  }

  void awaitMutations() throws CopyControl.Stopped {
    while (source.mutates()) {
      control.waits(
          new Problem(
              Reason.SourceKeepsChanging,
              "a mutation of %s has not ended".formatted(source.table().name())));
      control.pause(POLL);
    }
  }

  private static ProblemException changed(String message) {
    return new ProblemException(new Problem(Reason.SourceChanged, message));
  }
}
