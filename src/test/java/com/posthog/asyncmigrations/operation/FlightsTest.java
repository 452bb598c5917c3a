package com.posthog.asyncmigrations.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class FlightsTest {
  private static final EffectView DONE = new EffectView.Finished(1);
  private static final Optional<Flights.State> LANDED =
      Optional.of(new Flights.State.Landed(new EffectView.Rested(1)));

  @Test
  void oneTooManyIsRefusedAndMayBeStartedLater() {
    try (Flights flights = new Flights(1, Clock.systemUTC())) {
      CountDownLatch landing = new CountDownLatch(1);
      flights.launch("one", () -> afterwards(landing), () -> {});

      ProblemException refused =
          catchThrowableOfType(
              ProblemException.class, () -> flights.launch("two", () -> DONE, () -> {}));
      assertThat(refused.problem().reason()).isEqualTo(Reason.TooManySteps);
      assertThat(flights.stateOf("two")).isEmpty();

      landing.countDown();
      await().until(() -> flights.stateOf("one").orElseThrow() instanceof Flights.State.Landed);
      await().ignoreExceptions().until(() -> launched(flights));
      await().until(() -> flights.stateOf("two").orElseThrow() instanceof Flights.State.Landed);
    }
  }

  @Test
  void aStepInFlightIsAskedToRest() {
    try (Flights flights = new Flights(1, Clock.systemUTC())) {
      flights.rest("one"); // not in flight yet: nobody is asked
      flights.launch("one", () -> rested(flights, Duration.ofMinutes(1)), () -> {});
      await().until(() -> waiting(flights).isPresent());
      flights.rest("one");
      await().until(() -> flights.stateOf("one").equals(LANDED));

      flights.forget("one");
      flights.launch("one", () -> rested(flights, Duration.ofMillis(1)), () -> {});
      await().until(() -> flights.stateOf("one").orElseThrow() instanceof Flights.State.Landed);
      assertThat(flights.stateOf("one")).contains(new Flights.State.Landed(DONE));
    }
  }

  private static Optional<Problem> waiting(Flights flights) {
    return flights
        .stateOf("one")
        .filter(Flights.State.InFlight.class::isInstance)
        .flatMap(state -> ((Flights.State.InFlight) state).waiting());
  }

  private static EffectView rested(Flights flights, Duration pause) {
    flights.waits("one", Optional.of(new Problem(Reason.StatementFailed, "locked")));
    return flights.restsWithin("one", pause) ? new EffectView.Rested(1) : DONE;
  }

  private static boolean launched(Flights flights) {
    flights.launch("two", () -> DONE, () -> {});
    return true;
  }

  private static EffectView afterwards(CountDownLatch landing) {
    try {
      landing.await();
      return DONE;
    } catch (InterruptedException hurried) {
      throw new IllegalStateException(hurried);
    }
  }
}
