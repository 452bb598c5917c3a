package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.copy.Tuning;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a copy takes of a server is what a person allows, from the next chunk on. */
class CopyLimitsIT extends Moving {
  private static final int ROWS = 400_000;
  private static final int CHUNK = 50_000;

  CopyLimitsIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  @BeforeEach
  void tables() {
    database.run("CREATE TABLE t (k UInt64, v String) ENGINE MergeTree ORDER BY k");
    database.run("INSERT INTO t SELECT number, toString(number) FROM numbers(%d)".formatted(ROWS));
    database.run("CREATE TABLE n (k UInt64, v String) ENGINE MergeTree ORDER BY (v, k)");
  }

  @Test
  void soManyChunksAtOnce() {
    mover.limit(new CopyLimits(3, Map.of()));
    mover.startCopy(each(4));

    Awaitility.await().until(() -> inserting() == 3);

    mover.rest();
    mover.end();
    goesOnQuickly();
  }

  @Test
  void anotherLimitHoldsFromTheNextChunk() {
    mover.limit(new CopyLimits(1, Map.of("max_memory_usage", "4000000001")));
    mover.startCopy(each(1));
    Awaitility.await().until(() -> inserting() == 1);

    mover.limit(new CopyLimits(1, Map.of("max_memory_usage", "4000000002")));

    assertThat(mover.rowsAtEnd()).isEqualTo(ROWS);
    List<String> limits = settingOfChunks("max_memory_usage");
    assertThat(limits).hasSizeGreaterThan(3).isSorted();
    assertThat(limits).first().isEqualTo("4000000001");
    assertThat(limits).last().isEqualTo("4000000002");
  }

  /** Else what is measured would be of another shape than what is remembered. */
  @Test
  void whoChoosesTheThreadsOfAnInsertHasNothingTried() {
    mover.limit(new CopyLimits(2, Map.of("max_insert_threads", "1")));
    mover.startCopy(Mover.live("t", "n", 8_192));

    assertThat(mover.rowsAtEnd()).isEqualTo(ROWS);
    assertThat(mover.chunks()).hasSizeGreaterThanOrEqualTo(40);
    assertThat(works().map(Chunk.Work::shape)).containsOnly(Tuning.grid(cores()).get(0));
    assertThat(settingOfChunks("max_insert_threads")).containsOnly("1");
  }

  /** The chunks that are under way are brought to their end, and no other one begins. */
  @Test
  void aRestWaitsForAllThatAreUnderWay() {
    mover.limit(new CopyLimits(2, Map.of()));
    mover.startCopy(each(4));
    Awaitility.await().until(() -> inserting() == 2);

    mover.rest();
    mover.end();

    assertThat(inserting()).isZero();
    assertThat(mover.chunks().stream().filter(c -> c.copied().isPresent()))
        .hasSizeGreaterThanOrEqualTo(2);
    goesOnQuickly();
  }

  /** Once it says that it was stopped, nothing of it runs any more. */
  @Test
  void aStopEndsAllThatAreUnderWay() {
    mover.limit(new CopyLimits(4, Map.of()));
    mover.startCopy(each(10));
    Awaitility.await().until(() -> inserting() == 4);

    mover.kill();
    assertThat(mover.end()).isInstanceOf(EffectView.Failed.class);

    assertThat(inserting()).isZero();
    goesOnQuickly();
  }

  private long inserting() {
    return Long.parseLong(
        database.run(
            "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND current_database = '%s'"
                .formatted(database.name())));
  }

  private int cores() {
    return Integer.parseInt(database.run("SELECT getSetting('max_threads')"));
  }

  /** What the INSERT of each chunk had as this setting. */
  private List<String> settingOfChunks(String setting) {
    database.run("SYSTEM FLUSH LOGS");
    return works()
        .map(Chunk.Work::queryId)
        .map(
            id ->
                database.run(
                    "SELECT Settings['%s'] FROM system.query_log WHERE type = 'QueryFinish' AND query_id = '%s'"
                        .formatted(setting, id)))
        .toList();
  }

  private Stream<Chunk.Work> works() {
    return mover.chunks().stream().map(c -> c.copied().orElseThrow().work().orElseThrow());
  }

  private void goesOnQuickly() {
    mover.startCopy(each(0));
    assertThat(mover.rowsAtEnd()).isEqualTo(ROWS);
  }

  /** The INSERT of each chunk takes so many seconds, at least. */
  private static TableCopy each(int seconds) {
    return new TableCopy(
        "t",
        "n",
        Map.of("v", "if(sleepEachRow(%d / %d) = 0, v, v)".formatted(seconds, CHUNK)),
        List.of(),
        true,
        CHUNK,
        Map.of("max_block_size", "10000", "max_threads", "1"));
  }
}
