package com.posthog.asyncmigrations.core.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Decision;
import com.posthog.asyncmigrations.core.decide.Event;
import com.posthog.asyncmigrations.core.decide.Examples;
import com.posthog.asyncmigrations.core.decide.Examples.Example;
import com.posthog.asyncmigrations.core.decide.Wish;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NoticesTest {

  @ParameterizedTest
  @MethodSource("com.posthog.asyncmigrations.core.decide.Examples#all")
  void whatLastsIsToldOnceAndActingNever(Example example) {
    List<Notice> notices = notices(example);

    if (example.choice().decision() instanceof Decision.Hold hold) {
      assertThat(notices(example, Optional.of(hold.why().reason()), false)).isEmpty();
    }
    if (example.choice().decision() instanceof Decision.Perform) {
      boolean leaves = example.choice().arrow().event() == Event.DELETION_ABANDONED;
      assertThat(notices).hasSize(leaves ? 1 : 0);
    }
    if (example.shown().phase() != example.before().phase()) {
      assertThat(notices).isNotEmpty();
    }
    assertThat(notices).allSatisfy(n -> assertThat(n.message()).isNotBlank());
  }

  @ParameterizedTest
  @CsvSource({
    "NOT_STARTED START, Starting false",
    "NOT_STARTED PLAN_INVALID, InvalidPlan true",
    "STARTING WORKERS_SEEN_SCALED, WorkersScaled false",
    "STARTING WORKERS_READY, Running false",
    "RUNNING STEP_FINISHED, OperationCompleted false",
    "RUNNING STEP_FAILED, StatementFailed true",
    "RUNNING STEP_TIMED_OUT, StatementTimedOut true",
    "RUNNING STEP_FAILING, StatementFailed true",
    "RUNNING NONCE_IGNORED, RetryNonceIgnored false",
    "RUNNING STOP_WANTED, Stopping false",
    "RUNNING WORKERS_SEEN_RESTORED, WorkersRestored false",
    "RUNNING RESTORE_STEP_FAILED, RestoreFailed true",
    "STOPPING ROLLBACK_WANTED, RollingBack true",
    "ROLLING_BACK STEP_FAILED, RollbackFailed true",
    "AWAITING_APPROVAL APPROVED, Running false",
    "PAUSED RESUME_WANTED, Starting false"
  })
  void tellsWhatHasHappened(String name, String told) {
    assertThat(notices(named(name)).stream().map(n -> n.reason() + " " + n.warning()))
        .contains(told);
  }

  @Test
  void theCompletedOperationIsNamed() {
    assertThat(notices(named("RUNNING STEP_FINISHED")).get(0).message())
        .isEqualTo("operation create was completed");
  }

  @Test
  void theFailedOperationIsNamed() {
    assertThat(notices(named("RUNNING STEP_FAILED")).get(0).message())
        .isEqualTo("operation create: as the test wants it");
  }

  @ParameterizedTest
  @CsvSource({
    "NOT_STARTED OBSTACLE, StatementFailed true",
    "NOT_STARTED LEASE_TAKEN, AnotherRuns false",
    "ERRORED ROLLBACK_REFUSED, Irreversible true",
    "COMPLETED ROLLBACK_REFUSED, NothingToRollBack false"
  })
  void tellsWhatIsInTheWay(String name, String told) {
    assertThat(notices(named(name)).stream().map(n -> n.reason() + " " + n.warning()))
        .containsExactly(told);
  }

  @Test
  void whatADeletedRunLeavesIsNamed() {
    assertThat(notices(named("RUNNING DELETION_ABANDONED")))
        .singleElement()
        .satisfies(n -> assertThat(n.reason()).isEqualTo(Reason.DeletionAbandoned))
        .satisfies(n -> assertThat(n.message()).contains("Deployment posthog-worker", "Stopped"));
  }

  @Test
  void waitingAsExpectedIsNoNews() {
    assertThat(notices(named("RUNNING STEP_RUNNING"))).isEmpty();
    assertThat(notices(named("NOT_STARTED NOT_WANTED"))).isEmpty();
  }

  @Test
  void aSpecThatARunDoesNotFollowIsToldWhenItIsNew() {
    Example idle =
        Examples.all().stream()
            .filter(e -> e.name().equals("RUNNING STEP_RUNNING"))
            .filter(e -> e.choice().desired().wish() == Wish.IDLE)
            .findFirst()
            .orElseThrow();

    assertThat(notices(idle, Optional.empty(), true))
        .extracting(Notice::reason)
        .containsExactly(Reason.SpecChangedDuringRun);
    assertThat(notices(idle, Optional.empty(), false)).isEmpty();
    assertThat(notices(named("RUNNING STEP_FINISHED"), Optional.empty(), true))
        .extracting(Notice::reason)
        .containsExactly(Reason.OperationCompleted);
  }

  private static List<Notice> notices(Example example) {
    return notices(example, Optional.empty(), false);
  }

  private static List<Notice> notices(Example example, Optional<Reason> shown, boolean newSpec) {
    return Notices.of(example.before(), example.choice(), new Notices.Shown(shown, newSpec));
  }

  private static Example named(String name) {
    return Examples.all().stream().filter(e -> e.name().equals(name)).findFirst().orElseThrow();
  }
}
