package com.posthog.asyncmigrations.operation;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps that this process has sent to a server, each watched by a thread until it is answered.
 * Losing this object loses nothing: the servers know the steps by their ids.
 */
public final class Flights implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Flights.class);

  private final Map<String, State> states = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> rests = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final ThreadPoolExecutor threads;
  private final Clock clock;

  /**
   * Watches at most so many steps at once.
   *
   * @param most a step over that is refused by {@link #launch}
   */
  public Flights(int most, Clock clock) {
    this.clock = clock;
    threads =
        new ThreadPoolExecutor(
            0,
            most,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> {
              Thread thread = new Thread(work, "step");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Where a step is that this process has sent. */
  public sealed interface State {

    /**
     * Sent, or about to be, and not answered.
     *
     * @param number of the flight: a step may have a second one after its first was given up
     * @param overdueSince since when the servers say that nothing runs any more: the answer should
     *     be here, or it will never come
     * @param waiting why it stands still, where it says so
     */
    record InFlight(long number, Optional<Instant> overdueSince, Optional<Problem> waiting)
        implements State {}

    /** Answered. */
    record Landed(EffectView view) implements State {}

    /** Its answer was lost, then and for this reason; the server may know more. */
    record Lost(Problem problem, Instant at) implements State {}
  }

  /** Sends a step and waits for its answer. */
  public interface Work {
    /**
     * The server's answer.
     *
     * @return {@link EffectView.Finished} or {@link EffectView.Failed}; {@link EffectView.Running}
     *     of what the server has accepted and goes on with by itself
     * @throws AnswerLost when the server may or may not have run the step
     */
    EffectView call() throws AnswerLost;
  }

  /**
   * Does the work in a thread of its own. An id that is in flight or landed is not sent again.
   *
   * @throws ProblemException when too many steps are under way; it was not started, and may be
   *     later
   */
  public void launch(String effectId, Work work, Runnable wake) {
    State.InFlight flight =
        new State.InFlight(numbers.incrementAndGet(), Optional.empty(), Optional.empty());
    State now =
        states.compute(
            effectId,
            (id, before) -> before == null || before instanceof State.Lost ? flight : before);
    if (!now.equals(flight)) {
      return;
    }
    rests.remove(effectId);
    try {
      threads.execute(
          () -> {
            State outcome = outcome(effectId, work);
            changeFlight(effectId, flight.number(), inTheAir -> outcome);
            wake.run();
          });
    } catch (RejectedExecutionException full) {
      states.remove(effectId);
      throw new ProblemException(
          new Problem(
              Reason.TooManySteps,
              "this operator watches %d statements already, over all migrations: one must end first"
                  .formatted(threads.getMaximumPoolSize())));
    }
  }

  /** Where a step is; empty when this process has not sent it. */
  public Optional<State> stateOf(String effectId) {
    return Optional.ofNullable(states.get(effectId));
  }

  /** The servers know of nothing that runs, and the answer is not here. */
  void overdue(String effectId, State.InFlight flight) {
    changeFlight(
        effectId,
        flight.number(),
        f -> new State.InFlight(f.number(), Optional.of(clock.instant()), f.waiting()));
  }

  /** The servers say that it runs. */
  void onTime(String effectId, State.InFlight flight) {
    changeFlight(
        effectId,
        flight.number(),
        f -> new State.InFlight(f.number(), Optional.empty(), f.waiting()));
  }

  /** The answer will never come; whatever the watching thread may still hear does not count. */
  void giveUp(String effectId, State.InFlight flight, Problem why) {
    Instant since = flight.overdueSince().orElseGet(clock::instant);
    changeFlight(effectId, flight.number(), f -> new State.Lost(why, since));
  }

  /** Asks a step that is in flight to end after the piece that is under way. */
  public void rest(String effectId) {
    if (states.get(effectId) instanceof State.InFlight) {
      asked(effectId).countDown();
    }
  }

  /**
   * Whether a step is to end before its next piece; asked by the thread that watches it.
   *
   * @param pause how long it has nothing to do before that piece
   */
  public boolean restsWithin(String effectId, Duration pause) {
    try {
      return asked(effectId).await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Says why a step that is in flight stands still, or that it does not any more. */
  public void waits(String effectId, Optional<Problem> why) {
    states.computeIfPresent(
        effectId,
        (id, state) ->
            state instanceof State.InFlight flight
                ? new State.InFlight(flight.number(), flight.overdueSince(), why)
                : state);
  }

  private CountDownLatch asked(String effectId) {
    return rests.computeIfAbsent(effectId, id -> new CountDownLatch(1));
  }

  /** Nothing changes for a step that was forgotten, or has another flight by now. */
  private void changeFlight(String effectId, long number, Function<State.InFlight, State> change) {
    states.computeIfPresent(
        effectId,
        (id, state) ->
            state instanceof State.InFlight flight && flight.number() == number
                ? change.apply(flight)
                : state);
  }

  /** What went on by itself after it was answered has come to this end. */
  public void end(String effectId, EffectView end) {
    states.computeIfPresent(
        effectId, (id, state) -> state instanceof State.Landed ? new State.Landed(end) : state);
  }

  /** Forgets a step whose outcome was recorded. */
  public void forget(String effectId) {
    states.remove(effectId);
    rests.remove(effectId);
  }

  private State outcome(String effectId, Work work) {
    try {
      return new State.Landed(work.call());
    } catch (AnswerLost lost) {
      return new State.Lost(lost.problem(), clock.instant());
    } catch (RuntimeException | Error fault) {
      LOG.error("Watching step {} failed", effectId, fault);
      return new State.Lost(
          new Problem(Reason.InternalError, fault.getClass().getName()), clock.instant());
    }
  }

  /** Stops watching; what runs on the servers goes on. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
