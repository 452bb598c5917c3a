package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.copy.Slice;
import com.posthog.asyncmigrations.core.copy.Tuning;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The chunks that are planned and not copied, of one kind: how fast they go, what each becomes. */
final class ChunkQueue implements Crew.Work {
  private static final Set<Reason> TOO_MUCH_AT_ONCE =
      EnumSet.of(Reason.OutOfMemory, Reason.StatementTimedOut);

  private final Predicate<Chunk> kind;
  private final Then then;
  private final Tools tools;

  /** What follows when a chunk of the queue is verified, and remembered. */
  interface Then {
    void of(Chunk chunk) throws AnswerLost, CopyControl.Stopped;
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

  /** Of the chunks of this kind. */
  ChunkQueue(Predicate<Chunk> kind, Tools tools, Then then) {
    this.kind = kind;
    this.tools = tools;
    this.then = then;
  }

  @Override
  public Stream<Chunk> open() {
    return tools.record().notCopied().filter(kind);
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
  public void verified(Chunk chunk) throws AnswerLost, CopyControl.Stopped {
    CopyRecord record = tools.record();
    record.write(record.state(), List.of(chunk));
    tools.control().tell(record.rows(), Math.max(tools.control().told().ofRows(), record.rows()));
    tools.tuning().add(chunk);
    chunk.copied().flatMap(Chunk.Copied::work).ifPresent(w -> tools.control().forget(w.queryId()));
    then.of(chunk);
  }

  /** What the server cannot do at once, it can do in two. */
  @Override
  public void failed(Chunk chunk, ProblemException why) {
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
