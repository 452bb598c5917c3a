package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a copy tells of itself: while it runs, at its end, and in the ledger. */
class CopyFiguresIT extends Moving {
  CopyFiguresIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  @BeforeEach
  void tables() {
    months();
    database.run("CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree ORDER BY (v, k)");
  }

  @Test
  void oneLongStatementMovesTheFigures() {
    mover.startCopy(
        slowly(
            1_000_000,
            Map.of(
                "min_insert_block_size_rows", "1000",
                "min_insert_block_size_bytes", "0",
                "max_block_size", "1000")));

    EffectView.Running first = running(0);
    EffectView.Running later = running(first.rows());

    assertThat(first.rows()).as("fewer than one chunk has").isLessThan(60_000);
    assertThat(first.fraction()).isEqualTo(first.rows() / 200_000.0);
    assertThat(later.queryId()).isPresent().hasValueSatisfying(id -> assertThat(id).contains("."));
    assertThat(later.fraction()).isBetween(first.fraction(), 1.0);
    EffectView.Finished end = (EffectView.Finished) mover.end();
    assertThat(end.rows()).isEqualTo(200_000);
    assertThat(end.output().orElseThrow())
        .matches(
            "200,000 rows in 3 partitions, 3 chunks, 2 rounds; [0-9,]+ rows/s, [0-9]+ % of the fastest INSERT here; counts and hashes agree");
  }

  @Test
  void aServerThatIsSilentLeavesTheFiguresAsTheyWere() {
    mover.startCopy(slowly(30_000, Map.of()));
    long had = running(0).rows();

    database.server().pause();
    EffectView silent;
    try {
      silent = assertTimeoutPreemptively(Duration.ofSeconds(10), mover::observe);
    } finally {
      database.server().resume();
    }

    assertThat(((EffectView.Running) silent).rows()).isGreaterThanOrEqualTo(had);
    assertThat(mover.rowsAtEnd()).isEqualTo(200_000);
  }

  /** Each chunk's statement is in the server's log under the id that is remembered. */
  @Test
  void whatEachChunkTookIsRemembered() {
    mover.startCopy(Mover.live("t", "n", 20_000));
    mover.end();

    database.run("SYSTEM FLUSH LOGS");
    assertThat(mover.chunks()).hasSizeGreaterThan(6);
    for (Chunk chunk : mover.chunks()) {
      Chunk.Work work = chunk.copied().orElseThrow().work().orElseThrow();
      assertThat(
              database.run(
                  "SELECT written_rows FROM system.query_log WHERE type = 'QueryFinish'"
                      + " AND query_kind = 'Insert' AND query_id = '%s'".formatted(work.queryId())))
          .isEqualTo(Long.toString(chunk.rows()));
      assertThat(work.insertSeconds()).isPositive();
      assertThat(work.hash()).matches("[0-9]+");
    }
  }

  /** By partition, as docs/writing-migrations.md says how to ask. */
  @Test
  void theLedgerTellsTheRowsAndTheHashOfEachPartition() throws IOException {
    mover.startCopy(Mover.live("t", "n", 30_000));
    mover.end();
    Matcher documented =
        Pattern.compile("```sql\n(SELECT target, shard,.*?);\n```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("docs", "writing-migrations.md")));
    assertThat(documented.find()).isTrue();

    String sql = documented.group(1);

    assertThat(mover.ask(sql, "partition")).containsExactly("202401", "202402", "202403");
    assertThat(mover.ask(sql, "done")).isEqualTo(mover.ask(sql, "chunks"));
    assertThat(String.join("\n", mover.ask(sql, "rows"))).isEqualTo(byPartition("count()"));
    assertThat(String.join("\n", mover.ask(sql, "hash")))
        .isEqualTo(byPartition("sum(cityHash64(tuple(k, d, v)))"));
    assertThat(mover.ask(sql, "bytes")).allSatisfy(b -> assertThat(Long.parseLong(b)).isPositive());
    assertThat(mover.ask(sql, "insert_seconds")).doesNotContainNull();
  }

  private String byPartition(String what) {
    return database.run(
        "SELECT %s FROM t GROUP BY _partition_id ORDER BY _partition_id".formatted(what));
  }

  /** Each row takes a moment. */
  private static TableCopy slowly(long chunkRows, Map<String, String> settings) {
    return new TableCopy(
        "t",
        "n",
        Map.of("v", "if(sleepEachRow(0.00003) = 0, v, v)"),
        List.of(),
        true,
        chunkRows,
        settings);
  }

  /** As soon as more rows than that are copied. */
  private EffectView.Running running(long rows) {
    return Awaitility.await()
        .until(
            () ->
                mover.observe() instanceof EffectView.Running r
                    ? Optional.of(r)
                    : Optional.<EffectView.Running>empty(),
            r -> r.isPresent() && r.get().rows() > rows)
        .orElseThrow();
  }
}
