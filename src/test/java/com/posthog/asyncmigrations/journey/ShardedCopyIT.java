package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.Inserting;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A table on three shards, one of which is away for a while, is copied and exchanged on each. */
class ShardedCopyIT extends Operated {
  private static final int SHARDS = 3;

  private final Reaper reaper = new Reaper();
  private final List<ClickHouseProcess> others = new ArrayList<>();
  private final List<TestDatabase> shards = new ArrayList<>();

  ShardedCopyIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    shards.add(installation.clickHouse());
    for (int i = 1; i < SHARDS; i++) {
      ClickHouseProcess other =
          ClickHouseProcess.start(
              SharedClickHouse.engine(), ServerOptions.single(clickHouse.user()), reaper);
      others.add(other);
      new TestDatabase(other, clickHouse.user(), "default")
          .run("CREATE DATABASE " + shards.get(0).name() + " ENGINE = Atomic");
      shards.add(new TestDatabase(other, clickHouse.user(), shards.get(0).name()));
    }
  }

  @BeforeEach
  void prepare() {
    String nodes =
        shards.stream()
            .map(
                shard ->
                    "{\"host\":\"%s\",\"httpPort\":%d,\"shard\":%d}"
                        .formatted(
                            shard.server().host(),
                            shard.server().httpPort(),
                            shards.indexOf(shard) + 1))
            .collect(Collectors.joining(","));
    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        "{\"spec\":{\"clickhouse\":{\"nodes\":[%s]}}}".formatted(nodes));
    for (TestDatabase shard : shards) {
      shard.run(
          "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
      shard.run(
          "INSERT INTO t SELECT number, toDate('2024-01-01') + number % 90, toString(number) FROM numbers(60000)");
      shard.run(
          "CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    }
  }

  @AfterEach
  void stopTheOthers() {
    others.forEach(ClickHouseProcess::close);
    reaper.close();
  }

  @Test
  void eachShardIsCopiedAndOneThatIsAwayIsWaitedFor() {
    try (Inserting inserting = new Inserting(shards.get(0), "t", 1, 1_000_000)) {
      installation.migrate(
          "m",
          """
          - name: fill
            copyTable:
              from: t
              to: n
              chunkRows: 8192
              columns: [{name: v, expression: "if(sleepEachRow(0.0001) = 0, v, v)"}]
          - name: swap
            exchangeTables: {table: t, with: n, backup: before}
          """);
      for (TestDatabase shard : shards) {
        until("it is copied", () -> isCopied(shard));
      }
      others.get(1).kill();
      until(
          "it says what it waits for, or copies what is there",
          () -> installation.condition("m", "Reconciling").reason() != null);
      others.get(1).restart();

      awaitPhase("m", "CompletedSuccessfully");
      inserting.stop();
      for (TestDatabase shard : shards) {
        assertThat(shard.run("SELECT countIf(k < 1000000), count() - uniqExact(k) FROM t"))
            .isEqualTo("60000\t0");
        assertThat(
                shard.run(
                    "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = 't'"))
            .isEqualTo("v, k");
      }
      assertThat(Long.parseLong(shards.get(0).run("SELECT countIf(k >= 1000000) FROM t")))
          .isBetween(inserting.rows(), inserting.atMost());
      assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(1);
    }
  }

  private static boolean isCopied(TestDatabase shard) {
    shard.run("SYSTEM FLUSH LOGS");
    return shard
        .run(
            "SELECT count() > 0 FROM system.query_log WHERE query_kind = 'Insert' AND match(query, '__am_')"
                + " AND current_database = currentDatabase()")
        .equals("1");
  }
}
