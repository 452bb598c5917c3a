package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.copy.Chunk;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;

/**
 * Copies chunks, several at the same time: one is verified while the next one is copied. Only the
 * thread that asks for it decides and remembers.
 */
final class Crew {
  private final ChunkCopy copies;

  Crew(ChunkCopy copies) {
    this.copies = copies;
  }

  /** What is copied, and what becomes of it. */
  interface Work {
    /** The chunks that are not copied yet, in the order in which they should be. */
    Stream<Chunk> open();

    /** How many may be under way at once, at least one. */
    int atOnce();

    /** On which terms the next one is copied. */
    ChunkCopy.Terms terms();

    /** Whether another one may begin beside those that are under way. */
    boolean another() throws CopyControl.Stopped, CopyControl.Resting;

    /** Waits until one may begin. */
    void awaitTurn() throws CopyControl.Stopped, CopyControl.Resting;

    /** A chunk is verified. */
    void verified(Chunk chunk) throws AnswerLost, CopyControl.Stopped;

    /** A chunk could not be copied; returns if others take its place. */
    void failed(Chunk chunk, ProblemException why);
  }

  /** How the copying of a chunk has ended. */
  private record Ended(Chunk chunk, Optional<Chunk> verified, Optional<Exception> failure) {}

  /**
   * Copies until none is open. What was under way when one fails, or when it is to rest, is still
   * brought to its end; what was under way at a stop has ended when this returns.
   */
  void copy(Work work) throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
    ExecutorService threads = Executors.newCachedThreadPool(Crew::thread);
    try {
      new Shift(work, threads).run();
    } finally {
      threads.shutdownNow();
    }
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "chunk");
    thread.setDaemon(true);
    return thread;
  }

  /** One call: its chunks that are under way, and those that have ended. */
  private final class Shift {
    private final Work work;
    private final ExecutorService threads;
    private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    private final Set<Integer> underWay = new HashSet<>();

    Shift(Work work, ExecutorService threads) {
      this.work = work;
      this.threads = threads;
    }

    void run() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
      try {
        begin();
        while (!underWay.isEmpty()) {
          settle(next());
          begin();
        }
      } catch (AnswerLost | ProblemException | CopyControl.Resting e) {
        finish();
        throw e;
      } catch (CopyControl.Stopped e) {
        if (!Thread.currentThread().isInterrupted()) {
          finish();
        }
        throw e;
      }
    }

    private void begin() throws CopyControl.Stopped, CopyControl.Resting {
      Optional<Chunk> next = firstOpen();
      while (next.isPresent() && underWay.size() < work.atOnce() && turn()) {
        Chunk chunk = next.get();
        underWay.add(chunk.number());
        ChunkCopy.Terms terms = work.terms();
        threads.execute(() -> ended.add(copied(chunk, terms)));
        next = firstOpen();
      }
    }

    /** Who has something under way does not wait, but looks after that. */
    private boolean turn() throws CopyControl.Stopped, CopyControl.Resting {
      if (underWay.isEmpty()) {
        work.awaitTurn();
        return true;
      }
      return work.another();
    }

    private Optional<Chunk> firstOpen() {
      return work.open().filter(c -> !underWay.contains(c.number())).findFirst();
    }

    private Ended copied(Chunk chunk, ChunkCopy.Terms terms) {
      try {
        return new Ended(chunk, Optional.of(copies.verified(chunk, terms)), Optional.empty());
      } catch (AnswerLost | CopyControl.Stopped | RuntimeException e) {
        return new Ended(chunk, Optional.empty(), Optional.of(e));
      }
    }

    private Ended next() throws CopyControl.Stopped {
      try {
        Ended one = ended.take();
        underWay.remove(one.chunk().number());
        return one;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CopyControl.Stopped();
      }
    }

    private void settle(Ended one) throws AnswerLost, CopyControl.Stopped {
      if (one.verified().isPresent()) {
        work.verified(one.verified().get());
      } else if (one.failure().orElseThrow() instanceof ProblemException problem) {
        work.failed(one.chunk(), problem);
      } else {
        raise(one.failure().orElseThrow());
      }
    }

    private static void raise(Exception failure) throws AnswerLost, CopyControl.Stopped {
      if (failure instanceof AnswerLost lost) {
        throw lost;
      }
      if (failure instanceof CopyControl.Stopped stopped) {
        throw stopped;
      }
      throw (RuntimeException) failure;
    }

    /** Remembers what the others come to; why they fail too is not asked. */
    private void finish() throws AnswerLost, CopyControl.Stopped {
      while (!underWay.isEmpty()) {
        Ended one = next();
        if (one.verified().isPresent()) {
          work.verified(one.verified().get());
        }
      }
    }
  }
}
