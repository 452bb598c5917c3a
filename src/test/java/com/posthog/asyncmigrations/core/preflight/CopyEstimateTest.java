package com.posthog.asyncmigrations.core.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.preflight.CopyFacts.Partition;
import com.posthog.asyncmigrations.core.preflight.CopyFacts.Shard;
import com.posthog.asyncmigrations.core.preflight.CopyFacts.Store;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CopyEstimateTest {
  private static final long GIB = 1L << 30;

  private static final CopyFacts TWO_SHARDS =
      new CopyFacts(
          List.of(
              new Shard(
                  "s1r1",
                  2,
                  List.of(
                      new Partition("a", 100, GIB, 10 * GIB, 3),
                      new Partition("b", 50, GIB, 5 * GIB, 1))),
              new Shard("s2r1", 4, List.of(new Partition("a", 7, GIB, 20 * GIB, 2)))),
          List.of(store("one", 2 * GIB), store("two", GIB)));

  private static Store store(String node, long table) {
    return new Store(node, "default", table, 100 * GIB, 200 * GIB);
  }

  @Test
  void isOfAllShardsAndTakesAsLongAsTheSlowest() {
    Movement moves = CopyEstimate.rows(TWO_SHARDS, Optional.empty());

    assertThat(moves.rows()).isEqualTo(157);
    assertThat(moves.bytes()).isEqualTo(3 * GIB);
    assertThat(moves.partitions()).isEqualTo(3);
    assertThat(moves.chunks()).isEqualTo(6);
    assertThat(moves.disks()).extracting(DiskNeed::needed).containsExactly(2 * GIB, GIB);
    // 15 GiB at 64 MiB/s for each of two threads; 20 GiB with four take 80 s
    assertThat(moves.time()).contains(Duration.ofMinutes(2));
    assertThat(moves.basis()).startsWith("stated, not measured here: 64.0 MiB");
  }

  @Test
  void aMeasuredRateIsOfBytesOnDisk() {
    Movement moves = CopyEstimate.rows(TWO_SHARDS, Optional.of(32.0 * (1 << 20)));

    assertThat(moves.time()).contains(Duration.ofSeconds(64));
    assertThat(moves.basis()).startsWith("measured: earlier copies brought over 32.0 MiB");
  }

  @Test
  void hardLinksWriteNothing() {
    Movement moves = CopyEstimate.hardLinks(TWO_SHARDS);

    assertThat(moves.disks()).extracting(DiskNeed::needed).containsExactly(0L, 0L);
    assertThat(moves.time()).contains(Duration.ofMillis(40));
    assertThat(CopyEstimate.tooSmall(moves)).isEmpty();
  }

  @Test
  void anEmptyTable() {
    Movement moves =
        CopyEstimate.rows(
            new CopyFacts(List.of(new Shard("s1r1", 2, List.of())), List.of(store("one", 0))),
            Optional.empty());

    assertThat(moves.chunks()).isZero();
    assertThat(moves.time()).contains(Duration.ZERO);
    assertThat(CopyEstimate.tooSmall(moves)).isEmpty();
  }

  /** A copy stops by itself where a twentieth of the disks would be left. */
  @ParameterizedTest
  @CsvSource({
    "89, 100, 200, false",
    "90, 100, 200, true",
    "91, 100, 200, true",
    "1, 5, 200, true",
    "0, 0, 200, false"
  })
  void aDiskThatIsTooSmall(long needed, long free, long total, boolean tooSmall) {
    DiskNeed disk = new DiskNeed("ch:8123", "hot", needed * GIB, free * GIB, total * GIB);
    Movement moves =
        new Movement(1, 1, 1, 1, List.of(disk), Optional.of(Duration.ofSeconds(1)), "");

    assertThat(CopyEstimate.tooSmall(moves)).hasSize(tooSmall ? 1 : 0);
    assertThat(CopyEstimate.tooSmall(moves))
        .allSatisfy(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.DiskFull);
              assertThat(problem.message())
                  .contains(needed + ".0 GiB would be written to storage policy hot of ch:8123");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1s",
    "999, 1s",
    "59999, 59s",
    "60000, 1m",
    "61000, 1m1s",
    "3600000, 1h",
    "7860000, 2h11m",
    "86400000, 1d",
    "93599000, 1d1h"
  })
  void timesForPeople(long millis, String words) {
    assertThat(Spans.words(Duration.ofMillis(millis))).isEqualTo(words);
  }
}
