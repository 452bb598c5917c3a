package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TuningTest {
  private static final List<InsertShape> GRID = Tuning.grid(2);

  private final List<Chunk> chunks = new ArrayList<>();

  @Test
  void beginsWithAQuarterOfTheCoresAndSmallBlocks() {
    assertThat(GRID)
        .containsExactly(
            shape(2, 1 << 18), shape(2, 1 << 20), shape(1, 1 << 18), shape(1, 1 << 20));
    assertThat(Tuning.grid(1)).containsExactly(shape(1, 1 << 18), shape(1, 1 << 20));
    assertThat(Tuning.grid(16).get(0)).isEqualTo(shape(4, 1 << 18));
    assertThat(Tuning.grid(96).get(0)).isEqualTo(shape(8, 1 << 18));
    assertThat(Tuning.grid(96)).extracting(InsertShape::threads).containsOnly(1, 2, 4, 8);
    assertThat(Tuning.grid(0)).isEqualTo(Tuning.grid(1));
  }

  @Test
  void triesEachShapeOnceAndStaysWithTheFastest() {
    planned(40);
    Tuning tuning = tuning();
    double[] seconds = {4, 2, 5, 3};
    for (int i = 0; i < 4; i++) {
      assertThat(tuning.measures()).isTrue();
      assertThat(tuning.next()).isEqualTo(GRID.get(i));
      tuning.add(chunk(GRID.get(i), 1000, seconds[i]));
    }

    assertThat(tuning.measures()).isFalse();
    assertThat(tuning.next()).isEqualTo(GRID.get(1));
  }

  /** Another process goes on with what this one has measured. */
  @Test
  void whatIsRememberedWasMeasured() {
    planned(40);
    chunks.add(chunk(GRID.get(0), 1000, 2));

    assertThat(tuning().next()).isEqualTo(GRID.get(1));
  }

  @Test
  void fewChunksAreNotWorthIt() {
    planned(39);
    Tuning tuning = tuning();

    assertThat(tuning.measures()).isFalse();
    assertThat(tuning.next()).isEqualTo(GRID.get(0));
  }

  /** Beside others a chunk takes longer, which says nothing against its shape. */
  @Test
  void theFastestOfAShapeCounts() {
    planned(40);
    Tuning tuning = tuning();
    for (InsertShape shape : GRID) {
      tuning.add(chunk(shape, 1000, shape.equals(GRID.get(2)) ? 2 : 4));
    }
    tuning.add(chunk(GRID.get(2), 1000, 9));

    assertThat(tuning.next()).isEqualTo(GRID.get(2));
  }

  @Test
  void smallChunksAreNotMeasured() {
    planned(40);
    Tuning tuning = tuning();
    tuning.add(chunk(GRID.get(0), 10, 0.01));

    assertThat(tuning.measures()).isFalse();
    assertThat(tuning.next()).isEqualTo(GRID.get(0));
  }

  @Test
  void aLargeChunkAfterSmallOnesIs() {
    planned(40);
    Tuning tuning = tuning();
    tuning.add(chunk(GRID.get(0), 10, 0.01));
    tuning.add(chunk(GRID.get(0), 1000, 2));

    assertThat(tuning.measures()).isTrue();
    assertThat(tuning.next()).isEqualTo(GRID.get(1));
  }

  @Test
  void theFloorIsTheFastestOfThoseThatTookASecond() {
    assertThat(Tuning.floor(List.of())).isEmpty();
    assertThat(
            Tuning.floor(
                List.of(
                    chunk(GRID.get(0), 1000, 2),
                    chunk(GRID.get(1), 900, 1),
                    chunk(GRID.get(0), 1000, 0.9))))
        .contains(900.0);
  }

  @Test
  void asSettings() {
    assertThat(shape(4, 1000).settings())
        .containsEntry("max_insert_threads", "4")
        .containsEntry("min_insert_block_size_rows", "1000");
  }

  private Tuning tuning() {
    return Tuning.of(chunks, GRID);
  }

  private void planned(int count) {
    for (int i = 0; i < count; i++) {
      chunks.add(Chunk.planned(i, 0, "a", BlockRange.ALL, Slice.WHOLE));
    }
  }

  private static Chunk chunk(InsertShape shape, long rows, double seconds) {
    Chunk.Work work = new Chunk.Work("q", Instant.EPOCH, shape, seconds, 1, "7");
    return Chunk.planned(99, 0, "a", BlockRange.ALL, Slice.WHOLE)
        .verified(new Chunk.Copied("s", rows, 1, List.of("h"), Optional.of(work)));
  }

  private static InsertShape shape(int threads, int blockRows) {
    return new InsertShape(threads, blockRows);
  }
}
