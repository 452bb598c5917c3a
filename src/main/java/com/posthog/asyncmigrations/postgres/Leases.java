package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Servers;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases that this process holds: rows that expire by the database's clock unless they are
 * renewed. No session locks, which a pooler of transactions would lose.
 *
 * <p>This process stops believing in a lease before the database lets it go to somebody else, and
 * once it has stopped, only taking it anew, with a higher token, makes it believe again.
 */
public final class Leases implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  /** How long closing may take: people wait for it, and the rows expire in any case. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final LeaseTable table;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Times times;
  private final Map<String, Hold> holds = new ConcurrentHashMap<>();
  private final ScheduledExecutorService renewals;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Holds leases for this process.
   *
   * @param process a name that no other process has, nor this one after a restart
   * @param clock that decisions are made by
   * @param nanoTime that never goes back: {@link System#nanoTime}
   */
  public Leases(
      PostgresDatabase database, String process, Clock clock, LongSupplier nanoTime, Times times) {
    table = new LeaseTable(database, process);
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.times = times;
    renewals =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "lease-renewal");
              thread.setDaemon(true);
              return thread;
            });
    long every = times.renewal().toMillis();
    var unused = renewals.scheduleWithFixedDelay(this::renew, every, every, TimeUnit.MILLISECONDS);
  }

  /**
   * How long things take.
   *
   * @param length how long a lease lasts without being renewed
   * @param renewal how often it is renewed
   * @param margin how long before its end this process stops believing in it
   */
  public record Times(Duration length, Duration renewal, Duration margin) {
    /** What the operator runs with. */
    public static final Times DEFAULT =
        new Times(Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(5));

    private long trusted() {
      return length.minus(margin).toNanos();
    }
  }

  /**
   * A lease that was taken. Proven: when a request that the database granted was about to be sent.
   */
  private static final class Hold {
    private final MigrationKey key;
    private final LeaseView.Held view;
    private volatile long proven;

    Hold(MigrationKey key, LeaseView.Held view, long proven) {
      this.key = key;
      this.view = view;
      this.proven = proven;
    }
  }

  /** Who holds the lease of these servers, or of some of them. */
  public LeaseView look(Servers servers, MigrationKey key) {
    Optional<Hold> ours = held(servers.scope());
    if (ours.isPresent()) {
      MigrationKey holder = ours.get().key;
      return holder.equals(key)
          ? ours.get().view
          : new LeaseView.Taken(another(LeaseTable.name(holder)));
    }
    return table.find(servers, key).map(row -> taken(row, key)).orElseGet(LeaseView.Free::new);
  }

  /**
   * Takes the lease of these servers, if nobody holds one of any of them or this process does
   * already for this migration, and no other migration has a run under way that its operator has
   * left by dying.
   */
  public Optional<LeaseView.Held> take(Servers servers, MigrationKey key) {
    String scope = servers.scope();
    Optional<Hold> ours = held(scope);
    if (ours.isPresent()) {
      return ours.filter(hold -> hold.key.equals(key)).map(hold -> hold.view);
    }
    if (closed.get()) {
      return Optional.empty();
    }
    long sent = nanoTime.getAsLong();
    return table
        .take(servers, key, times.length())
        .map(token -> new Hold(key, new LeaseView.Held(token, clock.instant()), sent))
        .filter(hold -> keep(scope, hold))
        .map(hold -> hold.view);
  }

  /** Whether it was taken in time: what a closed one holds would be renewed by nobody. */
  private boolean keep(String scope, Hold hold) {
    holds.put(scope, hold);
    if (closed.get()) {
      holds.remove(scope, hold);
      expire(scope, hold);
      return false;
    }
    return true;
  }

  /**
   * Lets the lease go, if this process holds it for this migration. Its token is kept, for the next
   * one to exceed.
   */
  public void giveBack(Servers servers, MigrationKey key) {
    String scope = servers.scope();
    Optional<Hold> ours = held(scope).filter(hold -> hold.key.equals(key));
    if (ours.isPresent() && holds.remove(scope, ours.get())) {
      table.release(scope, ours.get().view.token());
    }
  }

  /**
   * Renews the lease no more, if this process holds it for this migration. Its row keeps other
   * migrations out while the ledger shows a run under way.
   */
  public void letExpire(Servers servers, MigrationKey key) {
    String scope = servers.scope();
    Optional<Hold> ours = held(scope).filter(hold -> hold.key.equals(key));
    if (ours.isPresent() && holds.remove(scope, ours.get())) {
      expire(scope, ours.get());
    }
  }

  /** How many this process holds. Asks nobody. */
  public int count() {
    return (int) holds.keySet().stream().filter(scope -> held(scope).isPresent()).count();
  }

  /** Whether this process still holds the lease under this token. Asks nobody. */
  public boolean stillHeld(Servers servers, MigrationKey key, long token) {
    return held(servers.scope())
        .filter(hold -> hold.key.equals(key) && hold.view.token() == token)
        .isPresent();
  }

  /** What this process holds and may still believe in; what it may not is forgotten for good. */
  private Optional<Hold> held(String scope) {
    Hold hold = holds.get(scope);
    if (hold == null) {
      return Optional.empty();
    }
    if (nanoTime.getAsLong() - hold.proven < times.trusted()) {
      return Optional.of(hold);
    }
    if (holds.remove(scope, hold)) {
      LOG.warn("Lost the lease of {}: it was not renewed in time", LeaseTable.name(hold.key));
    }
    return Optional.empty();
  }

  private void renew() {
    for (String scope : holds.keySet()) {
      try {
        held(scope).ifPresent(hold -> renew(scope, hold));
      } catch (ProblemException unanswered) {
        LOG.warn("A lease could not be renewed: {}", unanswered.problem().message());
      } catch (RuntimeException fault) {
        LOG.error("A lease could not be renewed", fault); // an exception would end all renewals
      }
    }
  }

  private void renew(String scope, Hold hold) {
    long sent = nanoTime.getAsLong();
    boolean renewed = table.renew(scope, hold.view.token(), times.length());
    if (renewed) {
      hold.proven = sent;
    } else if (holds.remove(scope, hold)) {
      LOG.warn("Lost the lease of {}: it was taken over or had expired", LeaseTable.name(hold.key));
    }
  }

  private static LeaseView taken(LeaseTable.Row row, MigrationKey key) {
    String migration = row.migration();
    if (!row.live()) {
      return new LeaseView.Taken(interrupted(migration));
    }
    return new LeaseView.Taken(
        migration.equals(LeaseTable.name(key))
            ? new Problem(
                Reason.LeaseHeldElsewhere,
                "%s holds the lease of this migration until %s, if it does not renew it"
                    .formatted(row.holder(), row.until()))
            : another(migration));
  }

  private static Problem another(String migration) {
    return new Problem(
        Reason.AnotherRuns, migration + " is running; only one migration may at a time");
  }

  private static Problem interrupted(String migration) {
    String resource = migration.substring(0, migration.indexOf('/', migration.indexOf('/') + 1));
    return new Problem(
        Reason.AnotherRuns,
        ("migration %s has a run under way, which its operator takes up again; if its resource was deleted,"
                + " apply it again, with desiredState Stopped to end the run")
            .formatted(resource));
  }

  /**
   * Renews no more, forgets what was held and, if the server answers soon, lets the rows expire:
   * whoever opens this database next goes on with the same migrations at once. The rows keep the
   * migrations' names, so that no other one gets in between.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    Map<String, Hold> held = Map.copyOf(holds);
    holds.clear(); // nothing may be believed in that is about to be free
    // In the renewals' own thread: after one that is under way, and before no other.
    var unused = renewals.submit(() -> held.forEach(this::expire));
    renewals.shutdown();
    try {
      if (!renewals.awaitTermination(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("Leases of {} were left to expire by themselves: no answer", table);
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    } finally {
      renewals.shutdownNow();
    }
  }

  private void expire(String scope, Hold hold) {
    try {
      table.expire(scope, hold.view.token());
    } catch (ProblemException unanswered) {
      LOG.warn(
          "The lease of {} was left to expire by itself: {}",
          LeaseTable.name(hold.key),
          unanswered.problem().message());
    }
  }
}
