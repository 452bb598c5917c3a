package com.posthog.asyncmigrations.core.decide;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written and said of a hold that has a limit; when it ends a run: {@link HoldCases}. */
class HoldsTest {
  private static final Problem WHY =
      new Problem(
          Reason.HoldTooLong,
          "Deployment ingestion has been held since 2026-03-01T10:00:00Z, longer than the 20m that its"
              + " scaleDeployment.longest allows");

  @Test
  void theRunEndsAsAnErrorThatSaysWhichOneSinceWhenAndTheLimit() {
    Decision decision =
        HoldCases.held(Phase.AWAITING_APPROVAL, 2).later(Duration.ofHours(1)).choose().decision();

    Run run = ((Decision.Write) decision).next().theRun();
    assertThat(run.stop()).contains(new Run.Stop(Run.Stop.Kind.ERROR, WHY));
    assertThat(run.errors()).extracting(RecordedError::problem).isEqualTo(List.of(WHY));
  }

  @Test
  void itIsMeasuredFromWhenTheOperationBeganWhateverHasHappenedSince() {
    Scenario scaled =
        HoldCases.held(Phase.RUNNING, 1)
            .run(r -> r.held("ingestion", Workers.State.SCALED, Samples.NOW.plusSeconds(600)))
            .later(HoldCases.LONGEST);
    assertThat(scaled.choose().arrow().event()).isEqualTo(Event.HOLD_TOO_LONG);

    Scenario heldAgain =
        scaled
            .run(r -> r.held("ingestion", Workers.State.RESTORED, Samples.NOW))
            .run(
                r ->
                    r.hold(
                        Samples.ingestion(Workers.State.RECORDED)
                            .in(Workers.State.RECORDED, Samples.NOW.plusSeconds(900))));
    assertThat(heldAgain.choose().arrow().event()).isEqualTo(Event.NEXT_STEP);
  }

  /** Where only a person's decision is waited for, nothing else would wake it. */
  @Test
  void whoWaitsLooksAgainWhenTheHoldEnds() {
    Scenario waiting = HoldCases.held(Phase.AWAITING_APPROVAL, 2);
    assertThat(recheck(waiting)).isEqualTo(Duration.ofMinutes(10));
    waiting.later(HoldCases.LONGEST.minusMillis(700));
    assertThat(recheck(waiting)).isEqualTo(Duration.ofMillis(700));
    waiting.refused().approval(true);
    assertThat(recheck(waiting)).isLessThanOrEqualTo(Duration.ofMinutes(10));
  }

  private static Duration recheck(Scenario scenario) {
    return ((Decision.Hold) scenario.choose().decision()).recheck();
  }
}
