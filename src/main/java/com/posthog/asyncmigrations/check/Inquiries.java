package com.posthog.asyncmigrations.check;

import com.posthog.asyncmigrations.core.Recent;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks servers in threads of its own, so that no pass waits for one, and keeps the newest answers.
 * An instance whose servers hang keeps a few threads busy, and no others waiting.
 *
 * @param <K> what an answer is kept under
 * @param <A> what is answered
 */
public final class Inquiries<K, A> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Inquiries.class);
  private static final int THREADS = 16;
  private static final int MOST_PER_INSTANCE = 2;
  private static final int MOST_KEPT = 20_000;

  private final Clock clock;
  private final ExecutorService threads;
  private final Map<K, Entry<A>> entries = Recent.map(MOST_KEPT);
  private final Map<String, Line> lines = new HashMap<>();

  /**
   * Tells the time by this clock.
   *
   * @param name of the threads
   */
  public Inquiries(String name, Clock clock) {
    this.clock = clock;
    threads =
        Executors.newFixedThreadPool(
            THREADS,
            work -> {
              Thread thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** What was answered, and when it was. */
  public record Answered<A>(A answer, Instant at) {}

  private record Entry<A>(Object subject, Optional<Answered<A>> newest, boolean underWay) {}

  /** The questions of one instance that are asked, and those that wait. */
  private static final class Line {
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;
  }

  /** The newest answer about this subject: what is asked, of whom, and for which attempt. */
  public synchronized Optional<Answered<A>> newest(K slot, Object subject) {
    return Optional.ofNullable(entries.get(slot))
        .filter(e -> e.subject().equals(subject))
        .flatMap(Entry::newest);
  }

  /**
   * Asks the question of a slot, unless that is under way for the same subject.
   *
   * @param instance whose servers are asked
   * @param ask finds the answer, given the one before it
   * @param wake called when there is one; from another thread
   */
  public synchronized void begin(
      K slot, Object subject, String instance, Function<Optional<A>, A> ask, Runnable wake) {
    Optional<Entry<A>> same =
        Optional.ofNullable(entries.get(slot)).filter(e -> e.subject().equals(subject));
    if (same.filter(Entry::underWay).isPresent()) {
      return;
    }
    Optional<Answered<A>> before = same.flatMap(Entry::newest);
    entries.put(slot, new Entry<>(subject, before, true));
    Line line = lines.computeIfAbsent(instance, key -> new Line());
    line.waiting.add(
        () -> {
          try {
            keep(slot, subject, ask.apply(before.map(Answered::answer)));
            wake.run();
          } catch (RuntimeException | Error fault) {
            LOG.error("A question could not be asked", fault);
            giveUp(slot, subject); // asked again by the next pass
          }
        });
    next(instance, line);
  }

  private synchronized void keep(K slot, Object subject, A answer) {
    entries.computeIfPresent(
        slot,
        (key, entry) ->
            entry.subject().equals(subject)
                ? new Entry<>(subject, Optional.of(new Answered<>(answer, clock.instant())), false)
                : entry); // something else is asked by now
  }

  private synchronized void giveUp(K slot, Object subject) {
    entries.computeIfPresent(
        slot,
        (key, entry) ->
            entry.subject().equals(subject) ? new Entry<>(subject, entry.newest(), false) : entry);
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

  /** Asks no more. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
