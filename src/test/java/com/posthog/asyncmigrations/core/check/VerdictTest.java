package com.posthog.asyncmigrations.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.upgrade.Version;
import com.posthog.asyncmigrations.core.upgrade.VersionWindow;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VerdictTest {

  @ParameterizedTest
  @CsvSource({
    "1, RequirementUnknown",
    "true, RequirementUnknown",
    "TRUE, RequirementUnknown",
    "t, RequirementUnknown",
    "' 1 ', RequirementUnknown",
    "0, NotRequired",
    "false, NotRequired",
    "False, NotRequired",
    "f, NotRequired"
  })
  void answersOfRequiredWhen(String answer, Reason reason) {
    Verdict verdict = Verdict.ofRequirement(Optional.of(answer));

    assertThat(verdict.result()).isEqualTo(Result.PASSED);
    assertThat(verdict.reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "-1", "", "NULL", "yes", "01"})
  void otherAnswersTellNothing(String answer) {
    Verdict verdict = Verdict.ofRequirement(Optional.of(answer));

    assertThat(verdict.result()).isEqualTo(Result.UNKNOWN);
    assertThat(verdict.text())
        .isEqualTo("found the answer '%s'; 1, 0, true or false would pass".formatted(answer));
  }

  @Test
  void noRowTellsNothing() {
    assertThat(Verdict.ofRequirement(Optional.empty()).text())
        .isEqualTo("found no row; 1, 0, true or false would pass");
  }

  @ParameterizedTest
  @EnumSource(
      value = Reason.class,
      names = {"StatementFailed", "DatabaseRefused"})
  void anErrorThatTheServerAnswersIsAFailure(Reason reason) {
    Verdict verdict = Verdict.of(Kind.HEALTHCHECK, new Problem(reason, "code 60"), "1");

    assertThat(verdict.result()).isEqualTo(Result.FAILED);
    assertThat(verdict.reason()).isEqualTo(Reason.HealthcheckFailed);
  }

  @ParameterizedTest
  @EnumSource(
      value = Reason.class,
      names = {
        "DatabaseUnreachable",
        "StatementTimedOut",
        "StatementKilled",
        "CredentialsRejected",
        "DatabaseMissing"
      })
  void whatMayPassByItselfIsNone(Reason reason) {
    Verdict verdict = Verdict.of(Kind.HEALTHCHECK, new Problem(reason, "away"), "1");

    assertThat(verdict.result()).isEqualTo(Result.UNKNOWN);
    assertThat(verdict.reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "1.35.9, VersionTooOld",
    "1.36.0, VersionTooNew",
    "1.40.9, VersionTooNew",
    "1.40.10, VersionTooNew"
  })
  void bothEndsOfTheWindowAreInIt(String version, Reason reason) {
    VersionWindow window = new VersionWindow(new Version(1, 36, 0), new Version(1, 40, 9));
    Verdict verdict = Verdict.ofVersion(window, Version.parse(version).orElseThrow());

    assertThat(verdict.reason()).isEqualTo(reason);
    assertThat(verdict.result())
        .isEqualTo(
            version.equals("1.36.0") || version.equals("1.40.9") ? Result.PASSED : Result.FAILED);
    assertThat(verdict.wouldPass()).isEqualTo("1.36.0 - 1.40.9");
  }

  @Test
  void windowsWithOneEnd() {
    assertThat(new VersionWindow(new Version(1, 0, 0), VersionWindow.NONE_AFTER).describe())
        .isEqualTo("1.0.0 or later");
    assertThat(new VersionWindow(VersionWindow.NONE_BEFORE, new Version(1, 0, 0)).describe())
        .isEqualTo("1.0.0 or earlier");
  }

  @Test
  void everyServerMustHaveAVersionThatPasses() {
    VersionRange range = VersionRange.parse(">=21.6.0,<21.7.0");
    Measured.Server good = new Measured.Server("a:8123", "21.6.5.37-testing (official)");

    assertThat(Verdict.ofServers(range, List.of(good)).result()).isEqualTo(Result.PASSED);
    assertThat(
            Verdict.ofServers(range, List.of(good, new Measured.Server("b:8123", "21.8.1.1")))
                .text())
        .isEqualTo("found b:8123 has 21.8.1.1; >=21.6.0,<21.7.0 would pass");
    assertThat(Verdict.ofServers(range, List.of(new Measured.Server("c", "unknown"))).result())
        .isEqualTo(Result.FAILED);
  }

  @Test
  void everyNodeMustAnswerWhatIsExpected() {
    Expectation none =
        new Expectation(Optional.of("0"), OptionalLong.empty(), OptionalLong.empty());
    Measured.Value good = new Measured.Value("a", Optional.of("0"));

    assertThat(Verdict.ofAnswers(Kind.PRECHECK, none, List.of(good)))
        .isEqualTo(Verdict.passed(Kind.PRECHECK, "'0' on a", "'0'"));
    assertThat(
            Verdict.ofAnswers(
                Kind.PRECHECK, none, List.of(good, new Measured.Value("b", Optional.of("3")))))
        .isEqualTo(Verdict.failed(Kind.PRECHECK, "'3' on b", "'0'"));
    assertThat(
            Verdict.ofAnswers(
                Kind.PRECHECK, none, List.of(new Measured.Value("b", Optional.empty()))))
        .isEqualTo(Verdict.failed(Kind.PRECHECK, "no row on b", "'0'"));
  }
}
