package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CopyReportTest {
  @Test
  void saysWhatWasCopiedAndHowFast() {
    List<Chunk> chunks =
        List.of(
            chunk(0, "a", 1_500_000, Optional.of(new Chunk.Work("q1", 1, 0.5, "7"))),
            chunk(1, "a", 500_000, Optional.of(new Chunk.Work("q2", 0.25, 0.25, "8"))),
            chunk(2, "b", 234, Optional.of(new Chunk.Work("q3", 0, 0, "9"))));

    assertThat(CopyReport.of(chunks, 3))
        .isEqualTo(
            "2,000,234 rows in 2 partitions, 3 chunks, 3 rounds; 1,000,000 rows/s; counts and hashes agree");
  }

  /** What a target had already took no time, and says nothing of the speed. */
  @Test
  void whatWasThereAlreadyIsNotFast() {
    List<Chunk> chunks =
        List.of(
            chunk(0, "a", 5_000_000, Optional.empty()),
            chunk(1, "a", 100, Optional.of(new Chunk.Work("q", 1, 1, "7"))));

    assertThat(CopyReport.of(chunks, 2)).contains("5,000,100 rows", "; 50 rows/s;");
    assertThat(CopyReport.of(chunks.subList(0, 1), 1))
        .isEqualTo("5,000,000 rows in 1 partition, 1 chunk, 1 round; counts and hashes agree");
  }

  @Test
  void anEmptyTable() {
    assertThat(CopyReport.of(List.of(), 1))
        .isEqualTo("0 rows in 0 partitions, 0 chunks, 1 round; counts and hashes agree");
  }

  private static Chunk chunk(int number, String partition, long rows, Optional<Chunk.Work> work) {
    return Chunk.planned(number, 0, partition, BlockRange.ALL, Slice.WHOLE)
        .verified(new Chunk.Copied("s", rows, 1, List.of("h"), work))
        .inTarget();
  }
}
