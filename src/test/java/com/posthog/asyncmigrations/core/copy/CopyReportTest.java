package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CopyReportTest {
  private static final InsertShape SHAPE = new InsertShape(2, 1 << 20);

  @Test
  void saysWhatWasCopiedAndHowFast() {
    List<Chunk> chunks =
        List.of(
            chunk(0, "a", 1_500_000, work(0, 1, 0.5)),
            chunk(1, "a", 500_000, work(60, 0.25, 0.25)),
            chunk(2, "b", 234, work(60, 0, 0)));

    assertThat(CopyReport.of(chunks, 3))
        .isEqualTo(
            "2,000,234 rows in 2 partitions, 3 chunks, 3 rounds; 1,000,000 rows/s,"
                + " 67 % of the fastest INSERT here; counts and hashes agree");
  }

  @Test
  void whatRanAtTheSameTimeTookItOnce() {
    List<Chunk> chunks =
        List.of(
            chunk(0, "a", 1000, work(0, 4, 1)),
            chunk(1, "a", 1000, work(4, 4, 1)),
            chunk(2, "a", 1000, work(8, 0, 1)),
            chunk(3, "a", 1000, work(20, 0, 1)));

    assertThat(CopyReport.of(chunks, 1)).contains("; 400 rows/s, 160 % of");
  }

  @Test
  void whatIsTooShortTellsNothingOfTheFastest() {
    assertThat(CopyReport.of(List.of(chunk(0, "a", 100, work(0, 0.5, 0.5))), 1))
        .contains("; 100 rows/s; counts");
  }

  /** What a target had already took no time, and says nothing of the speed. */
  @Test
  void whatWasThereAlreadyIsNotFast() {
    List<Chunk> chunks =
        List.of(chunk(0, "a", 5_000_000, Optional.empty()), chunk(1, "a", 100, work(0, 0.9, 1.1)));

    assertThat(CopyReport.of(chunks, 2)).contains("5,000,100 rows", "; 50 rows/s;");
    assertThat(CopyReport.of(chunks.subList(0, 1), 1))
        .isEqualTo("5,000,000 rows in 1 partition, 1 chunk, 1 round; counts and hashes agree");
  }

  @Test
  void anEmptyTable() {
    assertThat(CopyReport.of(List.of(), 1))
        .isEqualTo("0 rows in 0 partitions, 0 chunks, 1 round; counts and hashes agree");
  }

  private static Optional<Chunk.Work> work(double began, double insert, double verify) {
    Instant at = Instant.EPOCH.plusMillis((long) (began * 1000));
    return Optional.of(new Chunk.Work("q", at, SHAPE, insert, verify, "7"));
  }

  private static Chunk chunk(int number, String partition, long rows, Optional<Chunk.Work> work) {
    return Chunk.planned(number, 0, partition, BlockRange.ALL, Slice.WHOLE)
        .verified(new Chunk.Copied("s", rows, 1, List.of("h"), work))
        .inTarget();
  }
}
