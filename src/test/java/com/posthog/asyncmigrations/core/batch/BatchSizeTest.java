package com.posthog.asyncmigrations.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchSizeTest {
  private static final Duration MEANT = Duration.ofSeconds(2);

  @ParameterizedTest
  @CsvSource({
    "0, 1200", // nothing at all: as fast up as may be
    "1000, 1200",
    "1583, 1200", // 0.95 / 0.7915 is just over 1.2
    "1700, 1118", // 0.95 / 0.85
    "1799, 1057",
    "1800, 1000", // the goal is 0.90 to 0.95
    "1900, 1000",
    "1902, 998",
    "2000, 950",
    "4000, 475",
    "2000000, 1", // never none
  })
  void followsTheTimeThatABatchTakes(long millis, int rows) {
    assertThat(BatchSize.of(1000, 10_000).after(Duration.ofMillis(millis), MEANT).rows())
        .isEqualTo(rows);
  }

  @Test
  void smoothesWithTheNewestWeighingMost() {
    BatchSize size = BatchSize.of(1000, 10_000).after(MEANT.dividedBy(2), MEANT);
    assertThat(size.rows()).isEqualTo(1200);

    // (1.4 + 0.6 * 0.5) / 1.6 = 1.0625
    assertThat(size.after(Duration.ofMillis(2800), MEANT).rows()).isEqualTo(1072);
  }

  @Test
  void remembersTheLastTwenty() {
    BatchSize size =
        new BatchSize(1000, 10_000, DoubleStream.generate(() -> 9).limit(20).boxed().toList());

    assertThat(size.after(MEANT, MEANT).efficiencies()).hasSize(20).endsWith(1.0);
    assertThat(BatchSize.of(5, 9).after(MEANT, MEANT).efficiencies()).containsExactly(1.0);
  }

  @Test
  void growsFromOneUpToTheMost() {
    BatchSize size = BatchSize.of(0, 40);
    assertThat(size.rows()).isEqualTo(1);
    for (int i = 0; i < 30; i++) {
      int before = size.rows();
      size = size.after(Duration.ofMillis(1), MEANT);
      assertThat(size.rows()).isGreaterThan(before == 40 ? 39 : before);
    }
    assertThat(size.rows()).isEqualTo(40);
    assertThat(BatchSize.of(1000, 7).rows()).isEqualTo(7);
  }

  @Test
  void halvesAndForgets() {
    BatchSize size = BatchSize.of(1000, 10_000).after(MEANT, MEANT).halved();

    assertThat(size).isEqualTo(new BatchSize(475, 10_000, List.of()));
    assertThat(BatchSize.of(1, 10).halved().rows()).isEqualTo(1);
  }

  /** 10 ms for each batch, and so much for each row. */
  @ParameterizedTest
  @CsvSource({"1", "20", "1000", "40000"})
  void settlesAtTheGoal(long microsForRow) {
    BatchSize size = BatchSize.of(BatchSize.FIRST, 1_000_000);
    Duration taken = Duration.ZERO;
    for (int i = 0; i < 60; i++) {
      taken = Duration.ofMillis(10).plusNanos(1000 * microsForRow * size.rows());
      size = size.after(taken, MEANT);
    }
    double most = microsForRow == 1 ? 1_010 : 1_960; // as many as may be, or as long as it should
    assertThat(taken.toMillis()).isBetween((long) (most * 0.88), (long) most);
  }
}
