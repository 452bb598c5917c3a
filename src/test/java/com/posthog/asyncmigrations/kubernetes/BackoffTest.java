package com.posthog.asyncmigrations.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private final Backoff backoff = new Backoff(Duration.ofSeconds(1));

  @Test
  void itGrowsUpToAMinute() {
    assertThat(seconds(Reason.WorkerMissing, 9))
        .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
  }

  @Test
  void somethingElseIsWaitedForFromTheBeginning() {
    seconds(Reason.WaitingForDependency, 9);

    assertThat(seconds(Reason.AnotherRuns, 3)).containsExactly(1L, 2L, 4L);
  }

  @Test
  void eachResourceHasItsOwn() {
    seconds(Reason.WorkerMissing, 9);

    assertThat(backoff.next("another", Reason.WorkerMissing)).hasSeconds(1);
  }

  @Test
  void afterAnythingElseItBeginsAnew() {
    seconds(Reason.WorkerMissing, 9);
    backoff.reset("uid");

    assertThat(seconds(Reason.WorkerMissing, 2)).containsExactly(1L, 2L);
  }

  private List<Long> seconds(Reason why, int times) {
    return IntStream.range(0, times).mapToObj(i -> backoff.next("uid", why).toSeconds()).toList();
  }
}
