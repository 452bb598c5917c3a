package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.copy.Batch;
import com.posthog.asyncmigrations.core.copy.Chunk;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

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
    /** What is to be copied next, without these chunks, which are under way. */
    Optional<Batch> next(Set<Integer> underWay);

    /** How many batches may be under way at once, at least one. */
    int atOnce();

    /** On which terms the next one is copied. */
    ChunkCopy.Terms terms();

    /** Whether another one may begin beside those that are under way. */
    boolean another() throws CopyControl.Stopped, CopyControl.Resting;

    /** Waits until one may begin. */
    void awaitTurn() throws CopyControl.Stopped, CopyControl.Resting;

    /** The chunks of a batch are verified. */
    void verified(List<Chunk> chunks) throws AnswerLost, CopyControl.Stopped;

    /** A batch could not be copied; returns if others take its place. */
    void failed(Batch batch, ProblemException why);
  }

  /** How the copying of a batch has ended. */
  private record Ended(Batch batch, Optional<List<Chunk>> verified, Optional<Exception> failure) {}

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

  /** One call: what is under way, and what has ended. */
  private final class Shift {
    private final Work work;
    private final ExecutorService threads;
    private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    private final Set<Integer> underWay = new HashSet<>();
    private int batches;

    Shift(Work work, ExecutorService threads) {
      this.work = work;
      this.threads = threads;
    }

    void run() throws AnswerLost, CopyControl.Stopped, CopyControl.Resting {
      try {
        begin();
        while (!underWay.isEmpty()) {
          settle(ended());
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
      Optional<Batch> next = work.next(underWay);
      while (next.isPresent() && batches < work.atOnce() && turn()) {
        Batch batch = next.get();
        batches++;
        batch.chunks().forEach(chunk -> underWay.add(chunk.number()));
        ChunkCopy.Terms terms = work.terms();
        threads.execute(() -> ended.add(copied(batch, terms)));
        next = work.next(underWay);
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

    private Ended copied(Batch batch, ChunkCopy.Terms terms) {
      try {
        return new Ended(batch, Optional.of(copies.verified(batch, terms)), Optional.empty());
      } catch (AnswerLost | CopyControl.Stopped | RuntimeException e) {
        return new Ended(batch, Optional.empty(), Optional.of(e));
      }
    }

    private Ended ended() throws CopyControl.Stopped {
      try {
        Ended one = ended.take();
        batches--;
        one.batch().chunks().forEach(chunk -> underWay.remove(chunk.number()));
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
        work.failed(one.batch(), problem);
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
        Ended one = ended();
        if (one.verified().isPresent()) {
          work.verified(one.verified().get());
        }
      }
    }
  }
}
