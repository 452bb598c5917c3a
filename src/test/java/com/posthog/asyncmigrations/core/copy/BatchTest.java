package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchTest {
  @Test
  void smallChunksGoTogether() {
    assertThat(next(3, Map.of(0, 10L, 1, 20L, 2, 0L))).containsExactly(0, 1, 2);
  }

  @Test
  void oneOfUnknownSizeGoesAlone() {
    assertThat(next(3, Map.of(1, 10L, 2, 10L))).containsExactly(0);
    assertThat(next(3, Map.of(0, 10L, 2, 10L))).containsExactly(0, 2);
    assertThat(next(3, Map.of())).containsExactly(0);
  }

  @Test
  void oneThatIsLargeGoesAlone() {
    assertThat(next(2, Map.of(0, Batch.MOST_ROWS + 1, 1, 0L))).containsExactly(0);
  }

  @Test
  void togetherTheyAreNotLarge() {
    long half = Batch.MOST_ROWS / 2;
    assertThat(next(4, Map.of(0, half, 1, half, 2, 1L, 3, 0L))).containsExactly(0, 1, 3);
  }

  @Test
  void norTooMany() {
    Map<Integer, Long> one =
        IntStream.range(0, 150).boxed().collect(Collectors.toMap(number -> number, number -> 1L));

    assertThat(next(150, one)).hasSize(Batch.MOST_CHUNKS);
  }

  @Test
  void noneOfNone() {
    assertThat(Batch.next(Stream.of(), Map.of())).isEmpty();
  }

  /** To count reads all rows of their partitions, which takes longer than a few chunks do. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, false",
    "2, 1000, true",
    "2, 50000000, true",
    "2, 1000000000, false",
    "21, 1000000000, true",
    "100, 100000000000, false"
  })
  void countingIsWorthIt(int chunks, long rows, boolean worth) {
    assertThat(Batch.worthCounting(chunks, rows)).isEqualTo(worth);
  }

  /** What they took together is what each of them is said to have taken, without a gap. */
  @Test
  void eachHasItsShareOfTheWork() {
    Chunk.Work all =
        new Chunk.Work("q", Instant.ofEpochSecond(100), new InsertShape(1, 1), 3, 1, "");

    List<Chunk.Work> shares = List.of(all.share(0, 2, "7"), all.share(1, 2, "8"));

    assertThat(shares)
        .containsExactly(
            new Chunk.Work("q", Instant.ofEpochSecond(100), all.shape(), 1.5, 0.5, "7"),
            new Chunk.Work("q", Instant.ofEpochSecond(102), all.shape(), 1.5, 0.5, "8"));
    assertThat(CopyReport.busySeconds(shares)).isEqualTo(4);
  }

  /** The numbers of the chunks that are copied first, of so many. */
  private static List<Integer> next(int chunks, Map<Integer, Long> rows) {
    return Batch.next(IntStream.range(0, chunks).mapToObj(BatchTest::chunk), rows)
        .orElseThrow()
        .chunks()
        .stream()
        .map(Chunk::number)
        .toList();
  }

  private static Chunk chunk(int number) {
    return Chunk.planned(number, 1, "p" + number, new BlockRange(0, 1), Slice.WHOLE);
  }
}
