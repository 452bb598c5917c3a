package com.posthog.asyncmigrations.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server of its own, to be killed. */
class RestartedServerIT {
  private static final String ID = "restarted-server-it";
  private static final String SLOW =
      "INSERT INTO t SELECT number + sleepEachRow(0.1) FROM numbers(600) SETTINGS max_block_size = 1";

  private final Reaper reaper = new Reaper();
  private final ClickHouseProcess server =
      ClickHouseProcess.start(
          SharedClickHouse.engine(),
          ServerOptions.single(new Credentials("posthog", "secret")),
          reaper);
  private final TestDatabase database =
      new TestDatabase(server, new Credentials("posthog", "secret"), "d");
  private final ClickHouseCluster cluster = Clusters.of(database);
  private final QueryLookup lookup = new QueryLookup(cluster);

  @BeforeEach
  void prepare() {
    new TestDatabase(server, database.user(), "default").run("CREATE DATABASE d");
    database.run("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n");
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
    reaper.close();
  }

  @Test
  void whatDiedWithTheServerAndItsLogIsAbsentWithoutProof() {
    NodeRef node = cluster.nodes().get(0).ref();
    // two boots are told apart when they are more than two seconds apart
    await().until(() -> Instant.now().isAfter(node.boot().plusSeconds(3)));
    database.run("INSERT INTO t VALUES (1), (2)");
    CompletableFuture<Reason> end = start(node);
    await().until(() -> lookup.find(ID, node) instanceof Lookup.Running);

    server.kill();

    assertThat(end.join()).isEqualTo(Reason.OutcomeUnknown);
    assertThat(lookup.find(ID, node)).isInstanceOf(Lookup.Unanswered.class);
    server.restart();
    assertThat(database.run("SELECT count() FROM t WHERE n IN (1, 2)")).isNotEqualTo("0");
    assertThat(lookup.find(ID, node))
        .isInstanceOfSatisfying(
            Lookup.Absent.class,
            absent -> {
              assertThat(absent.neverRan()).isFalse();
              assertThat(absent.why()).contains("has restarted");
            });
  }

  @Test
  void whatOnlyStartedInTheLogIsAbsentWithoutProof() {
    NodeRef node = cluster.nodes().get(0).ref();
    CompletableFuture<Reason> end = start(node);
    await().until(() -> lookup.find(ID, node) instanceof Lookup.Running);
    database.run("SYSTEM FLUSH LOGS");
    database.run("CREATE TABLE kept AS system.query_log ENGINE = MergeTree ORDER BY event_time");
    database.run("INSERT INTO kept SELECT * FROM system.query_log WHERE query_id = '" + ID + "'");
    server.restart();
    assertThat(end.join()).isEqualTo(Reason.OutcomeUnknown);
    // a real server keeps its log; this one needs it put back
    database.run("SYSTEM FLUSH LOGS");
    database.run("INSERT INTO system.query_log SELECT * FROM kept");

    assertThat(lookup.find(ID, node))
        .isInstanceOfSatisfying(
            Lookup.Absent.class,
            absent -> {
              assertThat(absent.neverRan()).isFalse();
              assertThat(absent.why()).contains("it was started");
            });
  }

  @Test
  void withoutALogNothingIsProven() {
    NodeRef node = cluster.nodes().get(0).ref();
    database.run("SYSTEM FLUSH LOGS");
    database.run("TRUNCATE TABLE system.query_log");

    assertThat(lookup.find(ID, node))
        .isInstanceOfSatisfying(
            Lookup.Absent.class,
            absent -> {
              assertThat(absent.neverRan()).isFalse();
              assertThat(absent.why()).contains("has lost its entries");
            });
  }

  @Test
  void aPausedServerAnswersAgain() {
    NodeRef node = cluster.nodes().get(0).ref();
    server.pause();
    CompletableFuture<Lookup> found = CompletableFuture.supplyAsync(() -> lookup.find(ID, node));
    await().pollDelay(Duration.ofMillis(500)).until(() -> !found.isDone());

    server.resume();

    assertThat(found.join()).isInstanceOf(Lookup.Absent.class);
  }

  private CompletableFuture<Reason> start(NodeRef node) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            cluster.run(node.address(), SLOW, ID, Map.of(), Map.of());
            return Reason.Completed;
          } catch (AnswerLost lost) {
            return Reason.OutcomeUnknown;
          }
        });
  }
}
