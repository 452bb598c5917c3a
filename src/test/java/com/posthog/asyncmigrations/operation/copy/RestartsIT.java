package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerAddress;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a server that restarts forgets, and what it must not; and what it sends to itself later. */
@Execution(ExecutionMode.CONCURRENT)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class RestartsIT {
  private static final Credentials USER = new Credentials("posthog", "s3cret-of-a-restart");

  private final Reaper reaper = new Reaper();
  private final ClickHouseProcess server;
  private final TestDatabase database;
  private final SharedPostgres.Fresh postgres;

  RestartsIT(SharedPostgres.Fresh postgres) {
    this.postgres = postgres;
    ServerAddress address = ServerAddress.free();
    ServerOptions options =
        new ServerOptions(
            address,
            USER,
            Optional.of(new ServerOptions.Cluster("one", List.of(List.of(address)))));
    server = ClickHouseProcess.start(SharedClickHouse.engine(), options, reaper);
    new TestDatabase(server, USER, "default").run("CREATE DATABASE moves ENGINE = Atomic");
    database = new TestDatabase(server, USER, "moves");
  }

  @BeforeEach
  void dropTables() {
    database.dropTables();
  }

  @AfterAll
  void stopServer() {
    server.close();
    reaper.close();
  }

  /** SYSTEM STOP MERGES, which is forgotten, is no way to keep them. */
  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void theVerifiedPartsOfACopyStayAsTheyAreWhenTheServerRestarts() {
    run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k SETTINGS index_granularity = 512");
    run("INSERT INTO t SELECT number FROM numbers(100000)");
    run("CREATE TABLE n (k UInt64) ENGINE MergeTree ORDER BY cityHash64(k)");
    run("CREATE TABLE forgotten AS t");
    run("SYSTEM STOP MERGES forgotten");
    for (int i = 0; i < 12; i++) {
      run("INSERT INTO forgotten VALUES (%d)".formatted(i));
    }
    try (Mover mover = new Mover(database, postgres)) {
      mover.limit(new CopyLimits(1, Map.of()));
      mover.startCopy(inSmallParts());
      await().until(() -> mover.chunks().stream().anyMatch(c -> c.copied().isPresent()));
      mover.rest();
      assertThat(mover.end()).isInstanceOf(EffectView.Rested.class);
      String verified = parts("startsWith(table, 'n__am_')");
      assertThat(verified.lines()).hasSizeGreaterThan(8);
      assertThat(parts("table = 'forgotten'").lines()).hasSize(12);

      server.restart();

      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> parts("table = 'forgotten'").lines().count() < 12);
      assertThat(parts("startsWith(table, 'n__am_')")).isEqualTo(verified);
      mover.startCopy(inSmallParts());
      assertThat(mover.rowsAtEnd()).isEqualTo(100_000);
    }
    assertThat(run("SELECT count(), uniqExact(k) FROM n")).isEqualTo("100000\t100000");
  }

  /** Why a hold is not trusted, and the counts decide. */
  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void aViewThatWasDetachedIsBackAfterARestart() {
    run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
    run("CREATE TABLE seen AS t");
    run("CREATE MATERIALIZED VIEW mv TO seen AS SELECT k FROM t");
    run("DETACH TABLE mv");
    run("INSERT INTO t VALUES (1)");
    assertThat(run("SELECT count() FROM seen")).isEqualTo("0");

    server.restart();

    run("INSERT INTO t VALUES (2)");
    assertThat(run("SELECT k FROM seen")).isEqualTo("2");
  }

  /** Why the rows of a partition are counted besides. */
  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void theNumbersOfDroppedBlocksAreGivenAgainAfterARestart() {
    run(
        "CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k SETTINGS enable_block_number_column = 1, old_parts_lifetime = 1");
    run("INSERT INTO t VALUES (1)");
    run("INSERT INTO t VALUES (2)");
    run("ALTER TABLE t DROP PART 'all_2_2_0'");
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                run("SELECT count() FROM system.parts WHERE database = 'moves' AND table = 't'")
                    .equals("1"));

    server.restart();
    run("INSERT INTO t VALUES (3)");

    assertThat(run("SELECT k, _block_number FROM t ORDER BY k")).isEqualTo("1\t1\n3\t2");
  }

  /** An INSERT into a Distributed table is sent on by its name, whatever has it by then. */
  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void rowsInTheQueueOfADistributedTableAreThereOnceAfterTheExchange() {
    TableCopy copy = Mover.live("t", "n", 50_000);
    run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
    run("INSERT INTO t SELECT number FROM numbers(100000)");
    run("CREATE TABLE n (k UInt64) ENGINE MergeTree ORDER BY cityHash64(k)");
    run("CREATE TABLE everywhere AS t ENGINE Distributed('one', 'moves', 't', k)");
    try (Mover mover = new Mover(database, postgres)) {
      mover.startCopy(copy);
      assertThat(mover.rowsAtEnd()).isEqualTo(100_000);
      run("SYSTEM STOP DISTRIBUTED SENDS everywhere");
      run(
          "INSERT INTO everywhere SELECT 1000000 + number FROM numbers(10) SETTINGS"
              + " distributed_foreground_insert = 0, prefer_localhost_replica = 0, async_insert = 0");
      assertThat(run("SELECT count() FROM t")).isEqualTo("100000");
      mover.startExchange(copy, "backup");
      assertThat(mover.end()).isInstanceOf(EffectView.Finished.class);

      run("SYSTEM START DISTRIBUTED SENDS everywhere");
      run("SYSTEM FLUSH DISTRIBUTED everywhere");
    }
    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100010\t100010");
    assertThat(run("SELECT count() FROM backup")).isEqualTo("100000");
  }

  private static TableCopy inSmallParts() {
    return new TableCopy(
        "t",
        "n",
        Map.of("k", "if(sleepEachRow(0.00001) = 0, k, k)"),
        List.of(),
        true,
        16_000,
        Map.of(
            "max_block_size", "1000",
            "min_insert_block_size_rows", "1000",
            "min_insert_block_size_bytes", "0"));
  }

  private String parts(String which) {
    return run(
        "SELECT table, name FROM system.parts WHERE active AND database = 'moves' AND %s ORDER BY table, name"
            .formatted(which));
  }

  private String run(String sql) {
    return database.run(sql);
  }
}
