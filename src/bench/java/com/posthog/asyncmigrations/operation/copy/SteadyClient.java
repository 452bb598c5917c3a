package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A client that inserts into t at a steady rate, and another that reads how many of those rows are
 * there: so both see what a copy costs them.
 */
final class SteadyClient implements AutoCloseable {
  static final int BATCHES_A_SECOND = 10;
  static final int ROWS_IN_BATCH = 100;

  private final TestDatabase database;
  private final HttpClient connections = HttpClient.newHttpClient();
  private final ScheduledExecutorService inserter = Executors.newScheduledThreadPool(4);
  private final Thread reader = new Thread(this::read, "reader");
  private final AtomicBoolean goesOn = new AtomicBoolean(true);
  private final AtomicLong begun = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong missing = new AtomicLong();
  private final List<Double> latencies = new ArrayList<>();
  private final ScheduledFuture<?> schedule;

  SteadyClient(TestDatabase database) {
    this.database = database;
    reader.setDaemon(true);
    reader.start();
    schedule =
        inserter.scheduleAtFixedRate(
            () -> inserter.execute(this::insert),
            0,
            TimeUnit.SECONDS.toNanos(1) / BATCHES_A_SECOND,
            TimeUnit.NANOSECONDS);
  }

  private void insert() {
    if (!goesOn.get()) {
      return;
    }
    long first = begun.getAndAdd(ROWS_IN_BATCH);
    long began = System.nanoTime();
    database.run(
        connections,
        """
        INSERT INTO t SELECT generateUUIDv4(), 1000000, 'late', toString(number), toDateTime64('2024-01-15 00:00:00', 6, 'UTC'),
          toString(number), toDateTime('2024-05-01 00:00:00', 'UTC')
        FROM numbers(%d, %d) SETTINGS async_insert = 0
        """
            .formatted(first, ROWS_IN_BATCH));
    double took = (System.nanoTime() - began) / 1e6;
    acknowledged.addAndGet(ROWS_IN_BATCH);
    synchronized (latencies) {
      latencies.add(took);
    }
  }

  /** What was acknowledged before a query should be in its answer. */
  private void read() {
    long last = System.nanoTime();
    while (goesOn.get()) {
      long atLeast = acknowledged.get();
      boolean some =
          Long.parseLong(database.run(connections, "SELECT count() FROM t WHERE team_id = 1000000"))
              < atLeast;
      long now = System.nanoTime();
      if (some) {
        missing.addAndGet(now - last);
      }
      last = now;
    }
  }

  /** For how many seconds readers missed rows. */
  double missing() {
    return missing.get() / 1e9;
  }

  /** How many rows were acknowledged. */
  long rows() {
    return acknowledged.get();
  }

  int inserts() {
    synchronized (latencies) {
      return latencies.size();
    }
  }

  /** Milliseconds that 95 of 100 INSERTs needed at most, since this was asked last. */
  double p95() {
    synchronized (latencies) {
      List<Double> sorted = latencies.stream().sorted().toList();
      latencies.clear();
      return sorted.get((int) Math.ceil(sorted.size() * 0.95) - 1);
    }
  }

  /** Ends both, and waits for their last answers. */
  void stop() {
    goesOn.set(false);
    schedule.cancel(false);
    inserter.shutdown();
    try {
      if (!inserter.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("the client has no answer");
      }
      reader.join(TimeUnit.MINUTES.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
