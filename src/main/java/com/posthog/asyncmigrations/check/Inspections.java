package com.posthog.asyncmigrations.check;

import com.posthog.asyncmigrations.core.Recent;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Gate.Stage;
import com.posthog.asyncmigrations.core.check.Health;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes checks in threads of its own, so that no pass waits for a server, and keeps the newest
 * findings. An instance whose servers hang keeps a few threads busy, and no others waiting.
 */
public final class Inspections implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Inspections.class);
  private static final int THREADS = 16;
  private static final int MOST_PER_INSTANCE = 2;
  private static final int MOST_KEPT = 20_000;

  private final Clock clock;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "checks");
            thread.setDaemon(true);
            return thread;
          });

  private final Map<Slot, Entry> entries = Recent.map(MOST_KEPT);

  private final Map<String, Line> lines = new HashMap<>();

  /** Tells the time by this clock. */
  public Inspections(Clock clock) {
    this.clock = clock;
  }

  /** The checks of one stage of one migration. */
  public record Slot(String uid, Stage stage) {}

  /**
   * What was found, and when it was.
   *
   * @param health the findings, with how many times in a row each has failed for this subject
   */
  public record Inspection(Health health, Instant at) {}

  private record Entry(Object subject, Optional<Inspection> newest, boolean underWay) {}

  /** The inspections of one instance that run, and those that wait. */
  private static final class Line {
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;
  }

  /** The newest findings about this subject: what is asked, of whom, and for which attempt. */
  public synchronized Optional<Inspection> newest(Slot slot, Object subject) {
    return Optional.ofNullable(entries.get(slot))
        .filter(e -> e.subject().equals(subject))
        .flatMap(Entry::newest);
  }

  /**
   * Makes the checks of a slot, unless that is under way for the same subject.
   *
   * @param instance whose servers are asked
   * @param wake called when there are findings; from another thread
   */
  public synchronized void begin(
      Slot slot, Object subject, String instance, Supplier<List<Finding>> make, Runnable wake) {
    Optional<Entry> same =
        Optional.ofNullable(entries.get(slot)).filter(e -> e.subject().equals(subject));
    if (same.filter(Entry::underWay).isPresent()) {
      return;
    }
    entries.put(slot, new Entry(subject, same.flatMap(Entry::newest), true));
    Line line = lines.computeIfAbsent(instance, key -> new Line());
    line.waiting.add(
        () -> {
          try {
            keep(slot, subject, make.get());
            wake.run();
          } catch (RuntimeException | Error fault) {
            LOG.error("Checks could not be made", fault);
            giveUp(slot, subject); // made again when the next pass asks
          }
        });
    next(instance, line);
  }

  private synchronized void keep(Slot slot, Object subject, List<Finding> findings) {
    entries.computeIfPresent(
        slot,
        (key, entry) -> {
          if (!entry.subject().equals(subject)) {
            return entry; // something else is asked by now
          }
          Health before = entry.newest().map(Inspection::health).orElse(Health.NOT_CHECKED);
          Inspection now = new Inspection(before.after(findings), clock.instant());
          return new Entry(subject, Optional.of(now), false);
        });
  }

  private synchronized void giveUp(Slot slot, Object subject) {
    entries.computeIfPresent(
        slot,
        (key, entry) ->
            entry.subject().equals(subject) ? new Entry(subject, entry.newest(), false) : entry);
  }

  private synchronized void next(String instance, Line line) {
    while (line.running < MOST_PER_INSTANCE && !line.waiting.isEmpty()) {
      Runnable work = line.waiting.remove();
      line.running++;
      threads.execute(
          () -> {
            try {
              work.run();
            } finally {
              ended(instance, line);
            }
          });
    }
    if (line.running == 0) {
      lines.remove(instance);
    }
  }

  private synchronized void ended(String instance, Line line) {
    line.running--;
    if (!threads.isShutdown()) {
      next(instance, line);
    }
  }

  /** Makes no more checks. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
