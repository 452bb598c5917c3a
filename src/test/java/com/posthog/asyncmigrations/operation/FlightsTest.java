package com.posthog.asyncmigrations.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class FlightsTest {
  private static final EffectView DONE = new EffectView.Finished(1);

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
