package com.posthog.asyncmigrations.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.decide.Position;
import com.posthog.asyncmigrations.postgres.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What became of a step, by what this process remembers and what the servers know. */
class RecognitionTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final long TOKEN = 7;
  private static final Lookup NEVER = new Lookup.Absent(true, "no trace");
  private static final Lookup NO_LOG = new Lookup.Absent(false, "its log was lost");
  private static final Lookup FINISHED = new Lookup.Finished(5);

  private final ManualClock clock = new ManualClock();
  private final Flights flights = new Flights(4, clock);
  private final Recognition recognition = new Recognition(flights, clock);
  private final CountDownLatch answer = new CountDownLatch(1);

  @AfterEach
  void close() {
    answer.countDown();
    flights.close();
  }

  @Test
  void aStepThatThisProcessHasRecordedAndNotSentHasNotRun() {
    assertThat(see(intent(TOKEN), Duration.ZERO, FINISHED)).isEqualTo(new EffectView.NotRun());
  }

  @Test
  void aPredecessorsStepIsWhatTheServersSay() {
    Intent theirs = intent(TOKEN - 1);

    assertThat(see(theirs, Duration.ZERO, new Lookup.Running(0.5, 3)))
        .isEqualTo(new EffectView.Running(0.5, 3));
    assertThat(see(theirs, Duration.ZERO, FINISHED)).isEqualTo(new EffectView.Finished(5));
    assertThat(see(theirs, Duration.ZERO, new Lookup.Failed(problem())))
        .isEqualTo(new EffectView.Failed(problem()));
    assertThat(see(theirs, Duration.ofHours(1), new Lookup.Unanswered(problem())))
        .isEqualTo(new EffectView.Looking(problem()));
  }

  @Test
  void silenceIsBelievedOnlyWhenNoRequestCanBeOnItsWay() {
    Intent theirs = intent(TOKEN - 1);

    assertThat(see(theirs, Duration.ofMillis(14_999), NEVER))
        .isInstanceOf(EffectView.Looking.class);
    assertThat(see(theirs, Duration.ofSeconds(15), NEVER)).isEqualTo(new EffectView.NotRun());
    assertThat(see(theirs, Duration.ofSeconds(15), NO_LOG)).isInstanceOf(EffectView.Unknown.class);
  }

  @Test
  void anAnswerThatWasLostIsLookedForAndSilenceIsCountedFromThen() {
    Intent ours = intent(TOKEN);
    flights.launch(
        ours.effectId(),
        () -> {
          throw new AnswerLost(problem());
        },
        () -> {});
    await()
        .until(() -> flights.stateOf(ours.effectId()).orElseThrow() instanceof Flights.State.Lost);

    assertThat(see(ours, Duration.ofHours(1), NEVER)).isInstanceOf(EffectView.Looking.class);
    assertThat(see(ours, Duration.ofHours(1), FINISHED)).isEqualTo(new EffectView.Finished(5));
  }

  @Test
  void anAnswerThatLandedIsBelievedBeforeTheServers() {
    Intent ours = intent(TOKEN);
    flights.launch(ours.effectId(), () -> new EffectView.Finished(9), () -> {});
    await()
        .until(
            () -> flights.stateOf(ours.effectId()).orElseThrow() instanceof Flights.State.Landed);

    assertThat(see(ours, Duration.ZERO, NEVER)).isEqualTo(new EffectView.Finished(9));
    flights.forget(ours.effectId());
    assertThat(see(ours, Duration.ZERO, NEVER)).isEqualTo(new EffectView.NotRun());
  }

  @Test
  void anAnswerThatShouldBeHereHasUntilTheNextLook() {
    Intent ours = inTheAir();

    assertThat(see(ours, Duration.ZERO, new Lookup.Running(0.25, 2)))
        .isEqualTo(new EffectView.Running(0.25, 2));
    assertThat(see(ours, Duration.ZERO, FINISHED)).isEqualTo(new EffectView.Running(0, 0));
    assertThat(see(ours, Duration.ZERO, FINISHED)).isEqualTo(new EffectView.Finished(5));
  }

  @Test
  void aServerThatDoesNotAnswerIsLookedForAgain() {
    assertThat(see(inTheAir(), Duration.ofHours(1), new Lookup.Unanswered(problem())))
        .isEqualTo(new EffectView.Looking(problem()));
  }

  @Test
  void anAnswerThatNeverComesIsGivenUpAndTheStepCanBeSentAgain() {
    Intent ours = inTheAir();

    assertThat(see(ours, Duration.ofHours(1), NO_LOG)).isEqualTo(new EffectView.Running(0, 0));
    clock.advance(Duration.ofSeconds(14));
    assertThat(see(ours, Duration.ofHours(1), NO_LOG)).isEqualTo(new EffectView.Running(0, 0));
    clock.advance(Duration.ofSeconds(1));
    assertThat(see(ours, Duration.ofHours(1), NO_LOG)).isInstanceOf(EffectView.Unknown.class);

    flights.launch(ours.effectId(), () -> new EffectView.Finished(9), () -> {});
    await()
        .until(
            () -> flights.stateOf(ours.effectId()).orElseThrow() instanceof Flights.State.Landed);
    answer.countDown(); // what the first flight hears now does not count
    assertThat(see(ours, Duration.ZERO, NEVER)).isEqualTo(new EffectView.Finished(9));
  }

  @Test
  void aStepThatRunsAgainIsOnTime() {
    Intent ours = inTheAir();

    see(ours, Duration.ofHours(1), NEVER);
    clock.advance(Duration.ofSeconds(20));
    see(ours, Duration.ofHours(1), new Lookup.Running(0.5, 1));
    assertThat(see(ours, Duration.ofHours(1), NEVER)).isEqualTo(new EffectView.Running(0, 0));
  }

  private Intent inTheAir() {
    Intent ours = intent(TOKEN);
    flights.launch(
        ours.effectId(),
        () -> {
          awaitAnswer();
          return new EffectView.Finished(1);
        },
        () -> {});
    return ours;
  }

  private EffectView see(Intent intent, Duration sinceTakeOver, Lookup servers) {
    return recognition.of(
        intent, new LeaseView.Held(TOKEN, clock.instant().minus(sinceTakeOver)), () -> servers);
  }

  private void awaitAnswer() {
    try {
      answer.await();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private static Intent intent(long token) {
    NodeRef node = new NodeRef("s1r1", "ch:8123", "uuid", NOW, NOW);
    return new Intent(
        new Position(Position.Stage.FORWARD, 0, 0, 1),
        "0001_t-0a1b2c3d-1-f0-0-s1r1-1",
        node,
        token,
        NOW);
  }

  private static Problem problem() {
    return new Problem(Reason.StatementFailed, "as the test wants it");
  }
}
