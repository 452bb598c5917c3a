package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Batch;
import com.posthog.asyncmigrations.core.copy.BlockRange;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.copy.CopyState;
import com.posthog.asyncmigrations.core.copy.InsertShape;
import com.posthog.asyncmigrations.core.copy.Slice;
import com.posthog.asyncmigrations.core.copy.Tuning;
import com.posthog.asyncmigrations.core.copy.Unit;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Copies a table in rounds: first what it has, then what has arrived meanwhile, until little is
 * left. Begins anywhere: what is recorded is not done again, and what is not is repeatable.
 */
final class Copier implements Transfer {
  /** A round that takes less is short enough to be the last one. */
  static final Duration CAUGHT_UP = Duration.ofSeconds(5);

  /** Changes of rows that were copied, by mutations, are copied again so often. */
  private static final int MOST_AGAIN = 3;

  private final CopyNode node;
  private final CopyControl control;
  private final CopyRecord record;
  private final TableCopy copy;
  private final Source source;
  private final CopiedTable target;
  private final Units units;
  private final Scratches scratches;
  private final Crew crew;
  private final Supplier<CopyLimits> limits;
  private final Publisher publisher;
  private final Pace pace;
  private final SourceGuard guard;
  private final Clock clock;

  Copier(
      CopyNode node,
      CopyControl control,
      CopyRecord record,
      TableCopy copy,
      CopyTables.Pair tables,
      Scratches scratches,
      Supplier<CopyLimits> limits,
      Clock clock) {
    this.node = node;
    this.control = control;
    this.record = record;
    this.copy = copy;
    this.source = new Source(node, tables.source());
    this.target = tables.target();
    this.scratches = scratches;
    this.clock = clock;
    Lasting lasting = Lasting.of(tables.source(), target);
    ColumnMap columns = ColumnMap.of(node, copy, tables.source(), tables.target());
    units = new Units(source, target, columns);
    crew =
        new Crew(
            new ChunkCopy(
                node,
                source,
                columns,
                lasting,
                Survivors.of(copy, tables.source(), target),
                scratches,
                clock));
    publisher = new Publisher(node, target, scratches, control);
    guard = new SourceGuard(node, source, record, control, copy.live(), lasting);
    pace = new Pace(node, source, target, control, clock);
    this.limits = limits;
  }

  /** Copies what is there, and goes on until little arrives. */
  @Override
  public void copy() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    takeOver();
    copyRoundZero();
    catchUp();
  }

  /**
   * What an earlier attempt was about to add may still be on its way: without its scratch it cannot
   * arrive, and then the target's parts tell whether it has. What replaces partitions may do so
   * twice, so its scratches are kept.
   */
  private void takeOver() throws AnswerLost, CopyControl.Stopped {
    scratches.dropAllBut(record.scratchesToKeep());
    for (Chunk chunk : record.chunks()) {
      if (chunk.round() > 0 && !chunk.published() && chunk.copied().isPresent()) {
        boolean arrived = publisher.hasArrived(chunk.copied().get());
        record.write(record.state(), List.of(arrived ? chunk.inTarget() : chunk.again()));
      }
    }
  }

  /** What has arrived, until a round is short, or none is shorter than the last one. */
  @Override
  public void catchUp() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    settle();
    boolean again = copy.live();
    Duration last = Duration.ofDays(365);
    while (again) {
      Instant began = clock.instant();
      redoChanged();
      round(grown());
      Duration took = Duration.between(began, clock.instant());
      again = took.compareTo(CAUGHT_UP) > 0 && took.compareTo(last) < 0;
      last = took;
    }
    while (redoChanged()) {
      finishRound();
    }
    guard.requireWholeIn(target);
  }

  @Override
  public void late() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    settle();
    if (copy.live()) {
      NavigableMap<String, Source.Partition> grown = grown();
      if (!grown.isEmpty()) {
        round(grown);
      }
    }
  }

  @Override
  public void requireNothingElse() throws AnswerLost, CopyControl.Stopped {
    guard.requireNothingElse();
  }

  @Override
  public void settle() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    takeOver();
    finishRound();
  }

  private void round(NavigableMap<String, Source.Partition> grown)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    CopyState state = record.state();
    NavigableMap<String, CopyState.Partition> planned = new TreeMap<>();
    List<Chunk> more = new ArrayList<>();
    int number = record.nextNumber();
    int round = state.round() + 1;
    for (Map.Entry<String, Source.Partition> there : grown.entrySet()) {
      String id = there.getKey();
      long upTo = there.getValue().newest();
      BlockRange blocks = new BlockRange(state.upTo(id), upTo);
      more.add(Chunk.planned(number++, round, id, blocks, Slice.WHOLE));
      CopyState.Partition known = state.partitions().get(id);
      planned.put(
          id,
          known == null
              ? new CopyState.Partition(upTo, there.getValue().mutation(), 0)
              : new CopyState.Partition(upTo, known.mutation(), known.again()));
    }
    keepParts();
    record.write(record.state().planned(round, planned), more);
    finishRound();
  }

  /** What has got rows that no round has planned. */
  private NavigableMap<String, Source.Partition> grown() {
    return source.grown(record.state()::upTo);
  }

  private void copyRoundZero() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    NavigableMap<String, Source.Partition> there = source.partitions();
    if (record.state().partitions().isEmpty()) {
      planRoundZero(there);
    }
    control.tell(record.rows(), there.values().stream().mapToLong(Source.Partition::rows).sum());
    pace.expect(there.values().stream().mapToLong(Source.Partition::bytes).sum());
    Map<String, Unit> open = units.ofOpen(record);
    for (Unit unit : Set.copyOf(open.values())) {
      publishIfWhole(unit);
    }
    copyPlanned(
        c -> c.round() == 0,
        Map.of(),
        c -> publishIfWhole(Objects.requireNonNull(open.get(c.get(0).partition()))));
  }

  private void publishIfWhole(Unit unit) throws AnswerLost, CopyControl.Stopped {
    List<Chunk> all = record.of(unit.sources(), 0);
    if (all.stream().allMatch(c -> c.copied().isPresent())
        && !all.stream().allMatch(Chunk::published)) {
      List<Chunk.Copied> copied = all.stream().map(c -> c.copied().orElseThrow()).toList();
      publisher.replace(copied);
      record.write(record.state(), all.stream().map(Chunk::inTarget).toList());
      for (Chunk.Copied one : copied) {
        scratches.drop(one.scratch());
      }
    }
  }

  private void planRoundZero(NavigableMap<String, Source.Partition> there)
      throws CopyControl.Stopped {
    guard.awaitMutations();
    NavigableMap<String, CopyState.Partition> partitions = new TreeMap<>();
    List<Chunk> planned = new ArrayList<>();
    for (Map.Entry<String, Source.Partition> partition : there.entrySet()) {
      Source.Partition now = partition.getValue();
      partitions.put(partition.getKey(), new CopyState.Partition(now.newest(), now.mutation(), 0));
      planned.addAll(slices(planned.size(), partition.getKey(), now.newest()));
    }
    record.write(record.state().planned(0, partitions), planned);
  }

  private List<Chunk> slices(int firstNumber, String partition, long newest) {
    BlockRange blocks = copy.live() ? new BlockRange(-1, newest) : BlockRange.ALL;
    List<Chunk> chunksOf = new ArrayList<>();
    for (Slice slice : source.slices(partition, copy.chunkRows())) {
      chunksOf.add(Chunk.planned(firstNumber + chunksOf.size(), 0, partition, blocks, slice));
    }
    return chunksOf;
  }

  /** What the round under way has planned, and not brought into the target. */
  private void finishRound() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    copyPlanned(Copier::later, rowsOfLater(), this::publish);
  }

  private static boolean later(Chunk chunk) {
    return chunk.round() > 0;
  }

  /** Of chunks that may be copied by one statement: their rows can be told apart in its scratch. */
  private Map<Integer, Long> rowsOfLater() throws AnswerLost, CopyControl.Stopped {
    List<Chunk> whole =
        record
            .notCopied()
            .filter(Copier::later)
            .filter(c -> c.slice().equals(Slice.WHOLE))
            .toList();
    if (whole.size() < 2 || !units.keepIds()) {
      return Map.of();
    }
    NavigableMap<String, Source.Partition> now = source.partitions();
    long rows =
        whole.stream()
            .mapToLong(c -> now.getOrDefault(c.partition(), Source.Partition.GONE).rows())
            .sum();
    return Batch.worthCounting(whole.size(), rows) ? source.rows(whole) : Map.of();
  }

  private void copyPlanned(Predicate<Chunk> which, Map<Integer, Long> rows, ChunkQueue.Then then)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    if (record.notCopied().noneMatch(which)) {
      return;
    }
    Tuning tuning = Tuning.of(record.chunks(), grid());
    crew.copy(
        new ChunkQueue(
            which,
            rows,
            new ChunkQueue.Tools(record, source, control, pace, tuning, copy.settings(), limits),
            then));
  }

  /** Chunks of one scratch. */
  private void publish(List<Chunk> chunks) throws AnswerLost, CopyControl.Stopped {
    List<Chunk.Copied> copied =
        publisher.adding(chunks.stream().map(c -> c.copied().orElseThrow()).toList());
    List<Chunk> adding = new ArrayList<>();
    for (int i = 0; i < chunks.size(); i++) {
      adding.add(chunks.get(i).verified(copied.get(i)));
    }
    record.write(record.state(), adding);
    String scratch = copied.get(0).scratch();
    publisher.add(scratch);
    record.write(record.state(), adding.stream().map(Chunk::inTarget).toList());
    scratches.drop(scratch);
  }

  /**
   * Partitions whose rows a mutation has changed since they were planned are copied again, with all
   * that go to the same partitions of the target.
   *
   * @return whether there were any
   */
  private boolean redoChanged() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    guard.awaitMutations();
    NavigableMap<String, Source.Partition> now = source.partitions();
    Set<String> changed = guard.mutated(now);
    if (changed.isEmpty()) {
      return false;
    }
    requireNothingBesides(changed);
    for (Unit unit : units.of(changed)) {
      redo(unit, now);
    }
    copyRoundZero();
    return true;
  }

  /** What the target has besides what is copied would be lost, and what it lacks come back. */
  private void requireNothingBesides(Set<String> changed) {
    long besides = record.state().besides();
    if (besides != 0) {
      throw problem(
          Reason.Irreversible,
          "a mutation has changed partitions %s of %s since the exchange, so that they would have to be copied back as a whole, but %s then had %d rows %s than had been copied from it"
              .formatted(
                  String.join(", ", changed),
                  source.table().name(),
                  target.name(),
                  Math.abs(besides),
                  besides > 0 ? "more" : "fewer"));
    }
  }

  private void redo(Unit unit, NavigableMap<String, Source.Partition> now)
      throws AnswerLost, CopyControl.Stopped {
    NavigableMap<String, CopyState.Partition> anew = new TreeMap<>();
    List<Chunk> planned = new ArrayList<>();
    int number = record.nextNumber();
    for (String partition : unit.sources()) {
      int again =
          Optional.ofNullable(record.state().partitions().get(partition))
                  .map(CopyState.Partition::again)
                  .orElse(0)
              + 1;
      if (again > MOST_AGAIN) {
        record.write(record.state().countedAnew(), List.of()); // for whoever repeats the step
        throw problem(
            Reason.SourceKeepsChanging,
            "partition %s of %s was changed by mutations %d times while it was copied: pause what changes it"
                .formatted(partition, source.table().name(), again));
      }
      Source.Partition is = now.getOrDefault(partition, Source.Partition.GONE);
      anew.put(partition, new CopyState.Partition(is.newest(), is.mutation(), again));
      List<Chunk> more = slices(number, partition, is.newest());
      planned.addAll(more);
      number += more.size();
    }
    for (String partition : unit.targets()) {
      publisher.empty(partition);
    }
    record.redo(record.state().planned(record.state().round(), anew), unit.sources(), planned);
    scratches.dropAllBut(record.scratchesToKeep());
  }

  /** From the first round on, the target's parts stay as they were added. */
  private void keepParts() throws AnswerLost, CopyControl.Stopped {
    if (record.state().round() == 0) {
      new Merges(node, target.name()).off();
    }
  }

  /** A person's own choice is not tuned. */
  private List<InsertShape> grid() {
    List<InsertShape> grid = Tuning.grid(node.cores());
    boolean chosen =
        InsertShape.chosen(copy.settings()) || InsertShape.chosen(limits.get().settings());
    return chosen ? grid.subList(0, 1) : grid;
  }

  private static ProblemException problem(Reason reason, String message) {
    return new ProblemException(new Problem(reason, message));
  }
}
