package com.posthog.asyncmigrations.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictTest {

  @ParameterizedTest
  @CsvSource({
    // wanted, the row's status, whose it is, what was written last, the verdict
    "COMPLETED,,,,WRITE",
    "COMPLETED,0,theirs,,WRITE",
    "COMPLETED,1,theirs,,WAIT",
    "COMPLETED,5,theirs,,WAIT",
    "COMPLETED,2,theirs,,WRITE",
    "COMPLETED,3,theirs,,WRITE",
    "COMPLETED,5,ours,running,WRITE",
    "COMPLETED,2,ours,wanted,LEAVE",
    "COMPLETED,4,theirs,wanted,LEAVE",
    "COMPLETED,1,theirs,wanted,LEAVE",
    "COMPLETED,,,wanted,LEAVE",
    "ERRORED,2,theirs,,LEAVE",
    "ROLLED_BACK,2,theirs,running,LEAVE",
    "ROLLED_BACK,2,ours,completed,WRITE",
    "FAILED_AT_STARTUP,2,theirs,,LEAVE",
    "FAILED_AT_STARTUP,6,ours,other,WRITE",
    "STARTING,,,,WRITE",
    "STARTING,0,theirs,,WRITE",
    "STARTING,5,ours,wanted,WRITE",
    "STARTING,5,theirs,wanted,WAIT",
    "STARTING,1,theirs,wanted,WAIT",
    "STARTING,2,theirs,wanted,LEAVE",
    "STARTING,9,theirs,,WRITE",
  })
  void onARow(PostHogStatus wanted, Integer status, String whose, String last, Verdict expected) {
    assertThat(Verdict.on(reflection(wanted, false), row(status, whose), Optional.ofNullable(last)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    ",,,LEAVE",
    "5,ours,running,WRITE",
    "5,theirs,running,LEAVE",
    "1,theirs,running,LEAVE",
    "3,ours,wanted,LEAVE",
    "2,ours,completed,LEAVE",
    "0,theirs,,LEAVE",
  })
  void takesBackItsOwnStartingAndNothingElse(
      Integer status, String whose, String last, Verdict expected) {
    assertThat(
            Verdict.on(
                reflection(PostHogStatus.ERRORED, true),
                row(status, whose),
                Optional.ofNullable(last)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void whatPostHogRunsIsTaken(int status) {
    Problem why = new PostHogRow(status, false).taken("0001_test").orElseThrow();

    assertThat(why.reason()).isEqualTo(Reason.TakenByPostHog);
    assertThat(why.message()).contains("0001_test", "posthog_asyncmigration", "status " + status);
    assertThat(new PostHogRow(status, true).taken("0001_test")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3, 4, 6, 7})
  void whatPostHogDoesNotRunIsNotTaken(int status) {
    assertThat(new PostHogRow(status, false).taken("0001_test")).isEmpty();
  }

  @Test
  void whatPostHogCompletedIsNotWhatTheOperatorWrote() {
    assertThat(new PostHogRow(2, false).completedByPostHog()).isTrue();
    assertThat(new PostHogRow(2, true).completedByPostHog()).isFalse();
    assertThat(new PostHogRow(3, false).completedByPostHog()).isFalse();
  }

  private static Optional<PostHogRow> row(Integer status, String whose) {
    return Optional.ofNullable(status).map(s -> new PostHogRow(s, "ours".equals(whose)));
  }

  private static Reflection reflection(PostHogStatus status, boolean releases) {
    return new Reflection(
        "wanted",
        status,
        0,
        0,
        "",
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        releases);
  }
}
