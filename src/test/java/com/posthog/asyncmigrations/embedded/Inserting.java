package com.posthog.asyncmigrations.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that insert, each row with a number that no other has. What a server has acknowledged
 * must be there; what it has not may be, whole.
 */
public final class Inserting implements AutoCloseable {
  private static final int ROWS = 20;

  private final TestDatabase database;
  private final String table;
  private final AtomicLong next;
  private final CountDownLatch ends = new CountDownLatch(1);
  private final AtomicInteger pause = new AtomicInteger(100);
  private final List<Long> acknowledged = new ArrayList<>();
  private final List<Long> uncertain = new ArrayList<>();
  private final ExecutorService clients;

  /**
   * So many clients, whose rows are numbered from here on.
   *
   * @param table whose columns k, d and v they insert
   */
  public Inserting(TestDatabase database, String table, int clients, long from) {
    this.database = database;
    this.table = table;
    next = new AtomicLong(from);
    this.clients = Executors.newCachedThreadPool();
    for (int i = 0; i < clients; i++) {
      this.clients.execute(this::insert);
    }
  }

  /** From now on each of them waits so many milliseconds after an answer; a hundred at first. */
  public void pause(int milliseconds) {
    pause.set(milliseconds);
  }

  private boolean goesOn() {
    try {
      return !ends.await(pause.get(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void insert() {
    while (goesOn()) {
      long first = next.getAndAdd(ROWS);
      try {
        database.run(
            "INSERT INTO %s (k, d, v) SELECT number, toDate('2024-01-01') + number %% 90, toString(number)"
                    .formatted(table)
                + " FROM numbers(%d, %d) SETTINGS async_insert = 0".formatted(first, ROWS));
        remember(acknowledged, first);
      } catch (RuntimeException lost) {
        remember(uncertain, first);
      }
    }
  }

  private static void remember(List<Long> list, long first) {
    synchronized (list) {
      list.add(first);
    }
  }

  /** Ends them, and waits until each has its last answer. */
  public void stop() {
    ends.countDown();
    clients.shutdown();
    try {
      if (!clients.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("a client has no answer");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many rows were acknowledged. */
  public long rows() {
    synchronized (acknowledged) {
      return (long) acknowledged.size() * ROWS;
    }
  }

  /** How many rows a server may have. */
  public long atMost() {
    synchronized (uncertain) {
      return rows() + (long) uncertain.size() * ROWS;
    }
  }

  @Override
  public void close() {
    ends.countDown();
    clients.shutdownNow();
  }
}
