package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.embedded.Reaper;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Tells the reaper of every process below this one, also of those that libraries start without
 * saying so: were we killed while they do, nobody else would know of them.
 */
final class Descendants implements AutoCloseable {
  private static final int MILLISECONDS = 50;

  private final Reaper reaper;
  private final long spared;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "descendants");
            thread.setDaemon(true);
            return thread;
          });
  private final ScheduledFuture<?> looking;
  private Set<ProcessHandle> known = Set.of();

  /**
   * Watches from now on.
   *
   * @param reaper whose own process is the only one that is there already, and is spared
   */
  Descendants(Reaper reaper) {
    this.reaper = reaper;
    spared = reaper.pid();
    looking = watch.scheduleWithFixedDelay(this::look, 0, MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    Set<ProcessHandle> now =
        ProcessHandle.current()
            .descendants()
            .filter(process -> process.pid() != spared)
            .collect(Collectors.toSet());
    Set<ProcessHandle> begun = new HashSet<>(now);
    begun.removeAll(known);
    begun.forEach(process -> reaper.kills(process.pid()));
    known.stream()
        .filter(process -> !now.contains(process) && !process.isAlive())
        .forEach(process -> reaper.ended(process.pid()));
    Set<ProcessHandle> adopted = new HashSet<>(known);
    adopted.removeIf(process -> !process.isAlive());
    adopted.addAll(now);
    known = adopted;
  }

  @Override
  public void close() {
    looking.cancel(false);
    watch.shutdown();
    try {
      watch.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
