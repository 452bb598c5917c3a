package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThrottleTest {
  private static final long GIB = 1L << 30;

  @ParameterizedTest
  @CsvSource({
    "0, Go",
    "49, Go",
    "50, Slow",
    "79, Slow",
    "80, Stop",
    "1000, Stop",
  })
  void aSignalSlowsAndThenStops(double found, String verdict) {
    assertThat(Throttle.judge(List.of(signal("a", found))).getClass().getSimpleName())
        .isEqualTo(verdict);
  }

  @Test
  void withoutSignalsNothingIsInTheWay() {
    assertThat(Throttle.judge(List.of())).isEqualTo(new Throttle.Verdict.Go());
  }

  @Test
  void theWorstSignalIsNamedWithWhatWouldLetItGoOn() {
    assertThat(why(Throttle.judge(List.of(signal("a", 81), signal("b", 95), signal("c", 60)))))
        .isEqualTo(
            new Problem(Reason.Throttled, "stopped by b: found 95, goes on below 80; also a"));
    assertThat(why(Throttle.judge(List.of(signal("a", 51), signal("b", 3), signal("c", 60)))))
        .isEqualTo(
            new Problem(
                Reason.Throttled,
                "slowed by c: found 60, full speed below 50, stops at 80; also a"));
  }

  @Test
  void whatIsFoundHasItsUnit() {
    assertThat(
            why(Throttle.judge(
                    List.of(
                        new Signal("m", 3 * GIB, GIB, 2 * GIB, Signal.Unit.BYTES),
                        new Signal("d", 0, 1, 1, Signal.Unit.SECONDS))))
                .message())
        .isEqualTo("stopped by m: found 3.0 GiB, goes on below 2.0 GiB");
    assertThat(
            why(Throttle.judge(List.of(new Signal("d", 40, 30, 120, Signal.Unit.SECONDS))))
                .message())
        .contains("found 40 s", "below 30 s", "stops at 120 s");
  }

  @Test
  void whatCannotBeReadStops() {
    Problem unreadable = new Problem(Reason.DatabaseUnreachable, "ClickHouse at a is away");

    assertThat(Throttle.unreadable(unreadable))
        .isInstanceOfSatisfying(
            Throttle.Verdict.Stop.class,
            stop -> {
              assertThat(stop.why().reason()).isEqualTo(Reason.Throttled);
              assertThat(stop.why().message()).contains("cannot be read", "ClickHouse at a");
            });
  }

  @Test
  void limitsThatStopBeforeTheySlowAreRefused() {
    assertThatThrownBy(() -> new Signal("a", 0, 2, 1, Signal.Unit.COUNT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a slows at 2.0");
  }

  private static Signal signal(String name, double found) {
    return new Signal(name, found, 50, 80, Signal.Unit.COUNT);
  }

  private static Problem why(Throttle.Verdict verdict) {
    return verdict instanceof Throttle.Verdict.Slow slow
        ? slow.why()
        : ((Throttle.Verdict.Stop) verdict).why();
  }
}
