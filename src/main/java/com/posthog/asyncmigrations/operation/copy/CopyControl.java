package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What is asked of a copy while it runs, and what it tells of itself; used by several threads. */
final class CopyControl {
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CountDownLatch never = new CountDownLatch(1);
  private volatile boolean rests;
  private volatile boolean finishes;
  private volatile Told told = new Told(0, 0, Optional.empty());
  private final Set<String> statements = new LinkedHashSet<>();
  private final Map<String, Long> written = new HashMap<>();

  /**
   * What a copy tells.
   *
   * @param rows that are copied and verified
   * @param ofRows how many there will be, as far as is known
   * @param waiting why it stands still, if it does
   */
  record Told(long rows, long ofRows, Optional<Problem> waiting) {
    double fraction() {
      return ofRows <= 0 ? 0 : Math.min(1, (double) rows / ofRows);
    }
  }

  /** The copy was asked to end at once. */
  static final class Stopped extends Exception {
    private static final long serialVersionUID = 1;
  }

  /** The copy was asked to end after the chunk under way. */
  static final class Resting extends Exception {
    private static final long serialVersionUID = 1;
  }

  void stop() {
    stopped.countDown();
  }

  void rest() {
    rests = true;
  }

  /** From now on it must not stand where it is: a stop and a rest wait for its end. */
  void finish() {
    finishes = true;
  }

  boolean finishes() {
    return finishes;
  }

  /** Between two statements. */
  void goOn() throws Stopped {
    if (!finishes && stopped.getCount() == 0) {
      throw new Stopped();
    }
  }

  /** Between two chunks. */
  void nextChunk() throws Stopped, Resting {
    goOn();
    if (!finishes && rests) {
      throw new Resting();
    }
  }

  void pause(Duration time) throws Stopped {
    try {
      CountDownLatch until = finishes ? never : stopped;
      if (until.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Stopped();
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      throw new Stopped();
    }
  }

  Told told() {
    return told;
  }

  synchronized void tell(long rows, long ofRows) {
    told = new Told(rows, ofRows, told.waiting());
  }

  synchronized void goesOn() {
    told = new Told(told.rows(), told.ofRows(), Optional.empty());
  }

  /** A statement with this id runs from now on. */
  synchronized void begins(String queryId) {
    statements.add(queryId);
  }

  /** It runs no more. */
  synchronized void ends(String queryId) {
    statements.remove(queryId);
  }

  /** The oldest of those that run. */
  synchronized Optional<String> statement() {
    return statements.stream().findFirst();
  }

  /** The INSERT of a chunk has written so many rows, which are not verified yet. */
  synchronized void wrote(String queryId, long rows) {
    written.merge(queryId, rows, Math::max);
  }

  /** A server says that a statement has written so many rows; it may be forgotten since. */
  synchronized void writes(String queryId, long rows) {
    written.computeIfPresent(queryId, (id, before) -> Math.max(before, rows));
  }

  /** What it wrote is among the rows that are told, or counts no more. */
  synchronized void forget(String queryId) {
    written.remove(queryId);
  }

  /** What is told, with the rows that are written and not verified yet. */
  synchronized Told toldWithWritten() {
    long more = written.values().stream().mapToLong(Long::longValue).sum();
    return new Told(told.rows() + more, told.ofRows(), told.waiting());
  }

  synchronized void waits(Problem why) {
    told = new Told(told.rows(), told.ofRows(), Optional.of(why));
  }
}
