package com.posthog.asyncmigrations.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** P is a look that passes, F one that fails, U one that cannot be made. */
final class HealthTest {

  @ParameterizedTest
  @CsvSource({
    "P, false",
    "F, false",
    "FF, false",
    "FFF, true",
    "FFFF, true",
    "FFPF, false",
    "FFPFFF, true",
    "FFUF, true",
    "FFFU, false",
    "FFFP, false",
    "UUUU, false"
  })
  void threeFailuresInARowEndARun(String looks, boolean unhealthy) {
    assertThat(after(looks).unhealthy().isPresent()).isEqualTo(unhealthy);
  }

  @Test
  void whatFailedIsSaid() {
    assertThat(after("FFF").unhealthy())
        .contains(
            new Problem(
                Reason.HealthcheckFailed,
                "healthcheck disk failed 3 times in a row: found 90 MB; at least 100 MB would pass"));
  }

  @ParameterizedTest
  @CsvSource({"P, false", "F, false", "PU, true", "FFFU, true", "UP, false"})
  void whatCannotBeMadeHoldsNewStatements(String looks, boolean holds) {
    assertThat(after(looks).holding().isPresent()).isEqualTo(holds);
  }

  @Test
  void whyNoNewStatementBeginsIsSaid() {
    Problem why = after("U").holding().orElseThrow();

    assertThat(why.reason()).isEqualTo(Reason.DatabaseUnreachable);
    assertThat(why.message())
        .startsWith(
            "no new statement begins while healthcheck disk cannot be made: found ClickHouse");
  }

  @Test
  void eachCheckIsCountedByItself() {
    Health health = Health.NOT_CHECKED;
    for (int i = 0; i < 3; i++) {
      health =
          health.after(
              List.of(look("a", i % 2 == 0 ? 'F' : 'P'), look("b", i % 2 == 1 ? 'F' : 'P')));
    }

    assertThat(health.unhealthy()).isEmpty();
  }

  private static Health after(String looks) {
    Health health = Health.NOT_CHECKED;
    for (int i = 0; i < looks.length(); i++) {
      health = health.after(List.of(look("disk", looks.charAt(i))));
    }
    return health;
  }

  private static Finding look(String name, char look) {
    Verdict verdict =
        switch (look) {
          case 'P' -> Verdict.passed(Kind.HEALTHCHECK, "1 GB", "at least 100 MB");
          case 'F' -> Verdict.failed(Kind.HEALTHCHECK, "90 MB", "at least 100 MB");
          default ->
              Verdict.of(
                  Kind.HEALTHCHECK,
                  new Problem(Reason.DatabaseUnreachable, "ClickHouse at a is away"),
                  "an answer");
        };
    return new Finding(Kind.HEALTHCHECK, name, verdict, Instant.EPOCH);
  }
}
