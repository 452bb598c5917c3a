package com.posthog.asyncmigrations.operation;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tells what became of a step, from what this process remembers and what the servers know. A server
 * that knows nothing is believed only when no request can be on its way any more (contracts, 2 and
 * 3).
 */
public final class Recognition {
  /** The longest time that a sent request may still be on its way. */
  public static final Duration ON_ITS_WAY = Duration.ofSeconds(15);

  private final Flights flights;
  private final Clock clock;

  /** Recognises what was sent through these flights, by this process or another one. */
  public Recognition(Flights flights, Clock clock) {
    this.flights = flights;
    this.clock = clock;
  }

  /**
   * What is known of the step of an intent.
   *
   * @param servers asks the servers; called only where this process does not know the end itself
   */
  public EffectView of(Intent intent, LeaseView.Held lease, Supplier<Lookup> servers) {
    Flights.State state = flights.stateOf(intent.effectId()).orElse(null);
    if (state instanceof Flights.State.Landed landed) {
      return landed.view();
    }
    if (state == null && intent.token() == lease.token()) {
      return new EffectView.NotRun(); // recorded by this process, and not sent by it
    }
    Lookup answer = servers.get();
    if (state instanceof Flights.State.InFlight inFlight) {
      return inFlight(intent, inFlight, answer);
    }
    Instant silentSince =
        state instanceof Flights.State.Lost lost ? later(lost.at(), lease.since()) : lease.since();
    return known(answer, silentSince);
  }

  /**
   * The answer tells more than the servers remember, so it has until the next look to arrive. Where
   * they know of nothing, it has as long as a request may be on its way; then it is given up.
   */
  private EffectView inFlight(Intent intent, Flights.State.InFlight flight, Lookup answer) {
    if (answer instanceof Lookup.Running running) {
      flights.onTime(intent.effectId(), flight);
      return new EffectView.Running(
          running.fraction(),
          running.rows(),
          flight.waiting(),
          running.failing(),
          Optional.empty());
    }
    if (answer instanceof Lookup.Unanswered unanswered) {
      return new EffectView.Looking(unanswered.problem());
    }
    if (flight.overdueSince().isEmpty()) {
      flights.overdue(intent.effectId(), flight);
      return new EffectView.Running(0, 0);
    }
    Instant since = flight.overdueSince().get();
    if (answer instanceof Lookup.Absent absent) {
      if (clock.instant().isBefore(since.plus(ON_ITS_WAY))) {
        return new EffectView.Running(0, 0);
      }
      flights.giveUp(
          intent.effectId(), flight, new Problem(Reason.LookingForStatement, absent.why()));
    }
    return known(answer, since);
  }

  private EffectView known(Lookup answer, Instant silentSince) {
    if (answer instanceof Lookup.Running running) {
      return view(running);
    }
    if (answer instanceof Lookup.Finished finished) {
      return new EffectView.Finished(finished.rows());
    }
    if (answer instanceof Lookup.Failed failed) {
      return new EffectView.Failed(failed.problem());
    }
    if (answer instanceof Lookup.Unanswered unanswered) {
      return new EffectView.Looking(unanswered.problem());
    }
    Lookup.Absent absent = (Lookup.Absent) answer;
    if (clock.instant().isBefore(silentSince.plus(ON_ITS_WAY))) {
      return new EffectView.Looking(
          new Problem(
              Reason.LookingForStatement,
              "no server knows the statement, but it may still be on its way: " + absent.why()));
    }
    return absent.neverRan()
        ? new EffectView.NotRun()
        : new EffectView.Unknown(new Problem(Reason.OutcomeUnknown, absent.why()));
  }

  private static EffectView view(Lookup.Running running) {
    return EffectView.Running.failing(running.fraction(), running.rows(), running.failing());
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
