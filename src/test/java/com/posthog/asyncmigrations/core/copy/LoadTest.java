package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadTest {
  private static final long GIB = 1L << 30;
  private static final Load.TableLoad SOURCE = parts("p.source", 10, 1_000, 3_000);
  private static final Load.TableLoad TARGET = parts("p.target", 10, 1_000, 3_000);
  private static final Load.Space SPACE = new Load.Space("default", 50 * GIB, 100 * GIB);
  private static final Load QUIET =
      new Load(List.of(SOURCE, TARGET), SPACE, 0, 0, 1 * GIB, 10 * GIB, 3);

  @Test
  void aQuietServerLetsTheWorkGo() {
    assertThat(verdict(QUIET, 45 * GIB - 1)).isEqualTo("Go");
  }

  @ParameterizedTest
  @CsvSource({
    "499, 1000, 3000, Go",
    "500, 1000, 3000, Slow",
    "800, 1000, 3000, Stop",
    "80, 1000, 100, Stop",
    "2399, 0, 3000, Slow",
    "9999, 0, 0, Go",
  })
  void partsAreMeasuredAgainstTheLowerLimitOfEachTable(
      long parts, long delay, long reject, String verdict) {
    assertThat(verdict(with(List.of(parts("p.s", parts, delay, reject), TARGET)), 0))
        .isEqualTo(verdict);
    assertThat(verdict(with(List.of(SOURCE, parts("p.t", parts, delay, reject))), 0))
        .isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "29, false, Go",
    "30, false, Slow",
    "120, false, Stop",
    "0, true, Stop",
  })
  void aReplicaMustNotBeBehindNorReadOnly(long delay, boolean readOnly, String verdict) {
    Load.TableLoad table = new Load.TableLoad("p.target", "1", 1, 1_000, 3_000, delay, readOnly);
    assertThat(verdict(with(List.of(SOURCE, table)), 0)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "11, 0, Go",
    "10, 0, Slow",
    "5, 0, Stop",
    "50, 44, Go",
    "50, 45, Stop",
    "4, 0.001, Stop",
  })
  void spaceIsNeededNowAndToTheEnd(double freeGib, double toWriteGib, String verdict) {
    Load load =
        new Load(
            QUIET.tables(),
            new Load.Space("default", freeGib * GIB, 100 * GIB),
            0,
            0,
            GIB,
            10 * GIB,
            0);
    assertThat(verdict(load, toWriteGib * GIB)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 6.9, 19, Go",
    "1, 0, 0, 0, Slow",
    "10, 0, 0, 0, Stop",
    "0, 1, 0, 0, Stop",
    "0, 0, 7, 0, Slow",
    "0, 0, 8.6, 0, Stop",
    "0, 0, 0, 20, Slow",
    "0, 0, 0, 60, Stop",
  })
  void whatTheServerDoesBesides(
      long delayed, long rejected, double memoryGib, long queries, String verdict) {
    Load load =
        new Load(QUIET.tables(), SPACE, delayed, rejected, memoryGib * GIB, 10 * GIB, queries);
    assertThat(verdict(load, 0)).isEqualTo(verdict);
  }

  @Test
  void aServerWithoutALimitOfMemoryHasNoSuchSignal() {
    Load load = new Load(QUIET.tables(), SPACE, 0, 0, 99 * GIB, 0, 0);

    assertThat(verdict(load, 0)).isEqualTo("Go");
    assertThat(load.signals(LoadLimits.DEFAULT, 0))
        .extracting(Signal::name)
        .doesNotContain("memory in use");
  }

  @Test
  void eachSignalSaysOfWhatItIs() {
    assertThat(QUIET.signals(LoadLimits.DEFAULT, 1))
        .extracting(Signal::name)
        .containsExactly(
            "parts in partition 202601 of p.source",
            "delay of the replica of p.source",
            "read-only replicas of p.source",
            "parts in partition 202601 of p.target",
            "delay of the replica of p.target",
            "read-only replicas of p.target",
            "space used on default",
            "space still to be written on default",
            "INSERTs delayed since the last look",
            "INSERTs rejected since the last look",
            "memory in use",
            "other queries");
  }

  private static Load.TableLoad parts(String name, long parts, long delay, long reject) {
    return new Load.TableLoad(name, "202601", parts, delay, reject, 0, false);
  }

  private static Load with(List<Load.TableLoad> tables) {
    return new Load(tables, SPACE, 0, 0, GIB, 10 * GIB, 0);
  }

  private static String verdict(Load load, double toWrite) {
    return Throttle.judge(load.signals(LoadLimits.DEFAULT, toWrite)).getClass().getSimpleName();
  }
}
