package com.posthog.asyncmigrations.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.check.Inspections.Slot;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Gate.Stage;
import com.posthog.asyncmigrations.core.check.Verdict;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class InspectionsTest {
  private static final Slot SLOT = new Slot("uid", Stage.CHECKS);

  private final Inspections inspections = new Inspections(Clock.systemUTC());
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger woken = new AtomicInteger();
  private final CountDownLatch hanging = new CountDownLatch(1);

  @AfterEach
  void stop() {
    hanging.countDown();
    inspections.close();
  }

  @Test
  void whatWasFoundIsKeptForItsSubjectAndWakes() {
    assertThat(inspections.newest(SLOT, "subject")).isEmpty();

    begin(SLOT, "subject");

    await().until(() -> woken.get() == 1);
    assertThat(inspections.newest(SLOT, "subject")).isPresent();
    assertThat(inspections.newest(SLOT, "another subject")).isEmpty();
    assertThat(inspections.newest(new Slot("uid", Stage.HEALTH), "subject")).isEmpty();
  }

  @Test
  void whatIsUnderWayIsNotBegunAgain() {
    inspections.begin(SLOT, "subject", "instance", this::hang, woken::incrementAndGet);
    inspections.begin(SLOT, "subject", "instance", this::hang, woken::incrementAndGet);
    await().until(() -> made.get() == 1);

    hanging.countDown();

    await().until(() -> woken.get() == 1);
    assertThat(made).hasValue(1);
  }

  @Test
  void anAnswerAboutAnotherSubjectIsNotKept() {
    inspections.begin(SLOT, "before", "instance", this::hang, woken::incrementAndGet);
    await().until(() -> made.get() == 1);
    begin(SLOT, "after");
    await().until(() -> woken.get() == 1);
    Instant after = inspections.newest(SLOT, "after").orElseThrow().at();

    hanging.countDown();

    await().until(() -> woken.get() == 2);
    assertThat(inspections.newest(SLOT, "before")).isEmpty();
    assertThat(inspections.newest(SLOT, "after").orElseThrow().at()).isEqualTo(after);
  }

  @Test
  void anInstanceThatHangsKeepsNoOtherWaiting() {
    for (int i = 0; i < 50; i++) {
      inspections.begin(
          new Slot("hanging-" + i, Stage.CHECKS), "s", "hanging", this::hang, () -> {});
    }

    for (int i = 0; i < 50; i++) {
      begin(new Slot("other-" + i, Stage.CHECKS), "s", "other");
    }

    await().until(() -> woken.get() == 50);
    hanging.countDown();
    await().until(() -> inspections.newest(new Slot("hanging-49", Stage.CHECKS), "s").isPresent());
  }

  @Test
  void failuresInARowAreCounted() {
    for (int i = 1; i <= 3; i++) {
      int look = i;
      begin(SLOT, "subject");
      await().until(() -> woken.get() == look);
    }

    assertThat(inspections.newest(SLOT, "subject").orElseThrow().health().unhealthy()).isPresent();
    assertThat(inspections.newest(SLOT, "resumed")).isEmpty();
  }

  @Test
  void aFaultIsNoFinding() {
    inspections.begin(
        SLOT,
        "subject",
        "instance",
        () -> {
          made.incrementAndGet();
          throw new IllegalStateException("as the test wants it");
        },
        woken::incrementAndGet);
    await().until(() -> made.get() == 1);

    await()
        .until(
            () -> {
              begin(SLOT, "subject");
              return inspections.newest(SLOT, "subject").isPresent();
            });
  }

  private void begin(Slot slot, String subject) {
    begin(slot, subject, "instance");
  }

  private void begin(Slot slot, String subject, String instance) {
    inspections.begin(slot, subject, instance, () -> List.of(failed()), woken::incrementAndGet);
  }

  private List<Finding> hang() {
    made.incrementAndGet();
    try {
      hanging.await();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
    return List.of(failed());
  }

  private static Finding failed() {
    Problem problem = new Problem(Reason.StatementFailed, "as the test wants it");
    return new Finding(
        Kind.HEALTHCHECK, "h", Verdict.of(Kind.HEALTHCHECK, problem, "1"), Instant.EPOCH);
  }
}
