package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Batch;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.copy.Slice;
import com.posthog.asyncmigrations.core.copy.Tuning;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The chunks that are planned and not copied, of one kind: how fast they go, what each becomes. */
final class ChunkQueue implements Crew.Work {
  private static final Set<Reason> TOO_MUCH_AT_ONCE =
      EnumSet.of(Reason.OutOfMemory, Reason.StatementTimedOut);

  /** After these, each chunk of a batch is tried alone. */
  private static final Set<Reason> NOT_TOGETHER =
      EnumSet.of(Reason.OutOfMemory, Reason.StatementTimedOut, Reason.VerificationFailed);

  private final Predicate<Chunk> kind;
  private final Map<Integer, Long> rows;
  private final Then then;
  private final Tools tools;

  /** What follows when chunks of the queue are verified, and remembered. */
  interface Then {
    void of(List<Chunk> chunks) throws AnswerLost, CopyControl.Stopped;
  }

  /**
   * What all queues of a copy share.
   *
   * @param tuning of the shape of INSERTs
   * @param settings of the operation, for each statement
   * @param limits as they are now
   */
  record Tools(
      CopyRecord record,
      Source source,
      CopyControl control,
      Pace pace,
      Tuning tuning,
      Map<String, String> settings,
      Supplier<CopyLimits> limits) {}

  /**
   * Of the chunks of this kind.
   *
   * @param rows by the chunks' numbers, of those that may be copied together
   */
  ChunkQueue(Predicate<Chunk> kind, Map<Integer, Long> rows, Tools tools, Then then) {
    this.kind = kind;
    this.rows = new HashMap<>(rows);
    this.tools = tools;
    this.then = then;
  }

  @Override
  public Optional<Batch> next(Set<Integer> underWay) {
    return Batch.next(
        tools.record().notCopied().filter(kind).filter(c -> !underWay.contains(c.number())), rows);
  }

  @Override
  public int atOnce() {
    return tools.tuning().measures() ? 1 : tools.limits().get().chunksAtOnce();
  }

  @Override
  public ChunkCopy.Terms terms() {
    Map<String, String> settings = new HashMap<>(tools.settings());
    settings.putAll(tools.limits().get().settings());
    return new ChunkCopy.Terms(tools.tuning().next(), settings);
  }

  @Override
  public boolean another() throws CopyControl.Stopped, CopyControl.Resting {
    return tools.pace().unhindered();
  }

  @Override
  public void awaitTurn() throws CopyControl.Stopped, CopyControl.Resting {
    tools.pace().next();
  }

  @Override
  public void verified(List<Chunk> chunks) throws AnswerLost, CopyControl.Stopped {
    CopyRecord record = tools.record();
    record.write(record.state(), chunks);
    tools.control().tell(record.rows(), Math.max(tools.control().told().ofRows(), record.rows()));
    for (Chunk chunk : chunks) {
      tools.tuning().add(chunk);
      chunk
          .copied()
          .flatMap(Chunk.Copied::work)
          .ifPresent(w -> tools.control().forget(w.queryId()));
    }
    then.of(chunks);
  }

  /** What the server cannot do at once, it can do in several. */
  @Override
  public void failed(Batch batch, ProblemException why) {
    if (batch.alone()) {
      failed(batch.first(), why);
    } else if (NOT_TOGETHER.contains(why.problem().reason())) {
      batch.chunks().forEach(chunk -> rows.remove(chunk.number()));
    } else {
      throw why;
    }
  }

  private void failed(Chunk chunk, ProblemException why) {
    List<Slice> halves =
        TOO_MUCH_AT_ONCE.contains(why.problem().reason())
            ? tools.source().halves(chunk.partition(), chunk.slice())
            : List.of(chunk.slice());
    if (halves.size() == 1) {
      throw why;
    }
    int number = tools.record().nextNumber();
    List<Chunk> pieces = new ArrayList<>();
    for (Slice half : halves) {
      pieces.add(
          Chunk.planned(
              number + pieces.size(), chunk.round(), chunk.partition(), chunk.blocks(), half));
    }
    tools.record().split(chunk, pieces);
  }
}
