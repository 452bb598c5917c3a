package com.posthog.asyncmigrations.quickstart;

import java.net.http.HttpClient;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The application that goes on: a few clients that insert events, each with a number that no other
 * has. What the server has acknowledged must be there in the end; what it has not may be.
 */
final class Clients implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Clients.class);

  static final int COUNT = 3;
  private static final int ROWS = 200;
  private static final int PAUSE_MILLISECONDS = 100;

  private final Events events;
  private final AtomicLong next;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong unanswered = new AtomicLong();
  private final HttpClient connections = HttpClient.newHttpClient();
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          COUNT,
          work -> {
            Thread thread = new Thread(work, "client");
            thread.setDaemon(true);
            return thread;
          });
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * Begins to insert.
   *
   * @param from the number of the first event
   */
  Clients(Events events, long from) {
    this.events = events;
    next = new AtomicLong(from);
    for (int i = 0; i < COUNT; i++) {
      boolean late = i == 0;
      threads.execute(() -> insert(late));
    }
  }

  /**
   * What became of the rows that were sent.
   *
   * @param acknowledged the server has said that it has them
   * @param unanswered nobody knows
   */
  record Sent(long acknowledged, long unanswered) {}

  private void insert(boolean late) {
    try {
      do {
        long first = next.getAndAdd(ROWS);
        try {
          events.arrive(connections, late, first, ROWS);
          acknowledged.addAndGet(ROWS);
        } catch (RuntimeException lost) {
          LOG.warn("An INSERT of {} events was not acknowledged", ROWS, lost);
          unanswered.addAndGet(ROWS);
        }
      } while (!ended.await(PAUSE_MILLISECONDS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends them, when each has its last answer. */
  Sent stop() throws InterruptedException {
    ended.countDown();
    threads.shutdown();
    if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("a client has no answer from ClickHouse");
    }
    return new Sent(acknowledged.get(), unanswered.get());
  }

  @Override
  public void close() {
    ended.countDown();
    threads.shutdownNow();
  }
}
