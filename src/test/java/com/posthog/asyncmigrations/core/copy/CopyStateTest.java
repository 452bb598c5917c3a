package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class CopyStateTest {

  @Test
  void aRoundAddsToWhatThoseBeforeHavePlanned() {
    CopyState state =
        CopyState.begin("s", "t", "shape")
            .planned(0, Map.of("a", new CopyState.Partition(5, 0, 0)))
            .planned(
                1,
                Map.of(
                    "a", new CopyState.Partition(9, 0, 0), "b", new CopyState.Partition(2, 1, 0)));

    assertThat(state.round()).isEqualTo(1);
    assertThat(state.partitions())
        .isEqualTo(
            Map.of("a", new CopyState.Partition(9, 0, 0), "b", new CopyState.Partition(2, 1, 0)));
    assertThat(state.upTo("b")).isEqualTo(2);
    assertThat(state.upTo("c")).isEqualTo(-1);
    assertThat(state.swap()).isEmpty();
  }

  @Test
  void whatWasCopiedBeforeTheExchangeStaysKnown() {
    CopyState state =
        CopyState.begin("s", "t", "shape")
            .planned(0, Map.of("a", new CopyState.Partition(5, 0, 0)))
            .exchanging(new TreeMap<>(Map.of("x", 3L)));
    assertThat(state.swap().orElseThrow().exchanged()).isFalse();

    CopyState late =
        state
            .at(CopyState.Stage.EXCHANGED)
            .planned(2, Map.of("a", new CopyState.Partition(8, 0, 0)))
            .at(CopyState.Stage.DONE);

    assertThat(late.swap().orElseThrow())
        .isEqualTo(
            new CopyState.Swap(
                CopyState.Stage.DONE,
                new TreeMap<>(Map.of("a", 5L)),
                new TreeMap<>(Map.of("x", 3L))));
    assertThat(late.swap().orElseThrow().exchanged()).isTrue();
  }

  @Test
  void rowsOfAChunkAreKnownWhenItIsVerified() {
    Chunk planned = Chunk.planned(3, 1, "a", new BlockRange(5, 9), Slice.WHOLE);
    assertThat(planned.rows()).isZero();
    Chunk verified =
        planned.verified(new Chunk.Copied("scratch", 7, 70, List.of("h"), Optional.empty()));
    assertThat(verified.rows()).isEqualTo(7);
    assertThat(verified.published()).isFalse();
    assertThat(verified.inTarget().published()).isTrue();
    assertThat(verified.inTarget().copied()).isEqualTo(verified.copied());
  }

  @Test
  void blocksAreACondition() {
    assertThat(BlockRange.ALL.condition()).isEqualTo("true");
    assertThat(new BlockRange(-1, 9).condition())
        .isEqualTo("_block_number > -1 AND _block_number <= 9");
  }
}
