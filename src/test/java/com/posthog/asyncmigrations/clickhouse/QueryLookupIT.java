package com.posthog.asyncmigrations.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedClickHouse.class)
class QueryLookupIT {
  /** A minute, told in steps of a row. */
  private static final String LONG =
      "INSERT INTO slow SELECT number + sleepEachRow(0.1) FROM numbers(600) SETTINGS max_block_size = 1";

  private final TestDatabase database;
  private final ClickHouseCluster cluster;
  private final QueryLookup lookup;
  private final String id = "lookup-" + UUID.randomUUID();
  private final NodeRef node;

  QueryLookupIT(TestDatabase database) {
    this.database = database;
    cluster = Clusters.of(database);
    lookup = new QueryLookup(cluster);
    node = cluster.nodes().get(0).ref();
  }

  @BeforeEach
  void prepare() {
    database.run("CREATE OR REPLACE TABLE slow (n UInt64) ENGINE = MergeTree ORDER BY n");
  }

  @AfterEach
  void disconnect() {
    lookup.kill(id, node);
    cluster.close();
  }

  @Test
  void findsWhatRunsAndHowFarItIs() {
    CompletableFuture<Object> end = start(LONG);

    await().until(() -> lookup.find(id, node) instanceof Lookup.Running r && r.rows() > 0);

    Lookup.Running running = (Lookup.Running) lookup.find(id, node);
    assertThat(running.fraction()).isBetween(0.001, 0.9);
    assertThat(end).isNotDone();
  }

  @Test
  void whatIsKilledIsGoneAndHasFailed() {
    CompletableFuture<Object> end = start(LONG);
    await().until(() -> lookup.find(id, node) instanceof Lookup.Running);

    lookup.kill(id, node);

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> lookup.find(id, node), Lookup.Failed.class::isInstance);
    assertThat(((Lookup.Failed) lookup.find(id, node)).problem().reason())
        .isEqualTo(Reason.StatementKilled);
    assertThat(database.run("SELECT count() FROM system.processes WHERE query_id = '" + id + "'"))
        .isEqualTo("0");
    assertThat(end.join())
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().reason()).isEqualTo(Reason.StatementKilled));
  }

  @Test
  void findsWhatHasFinished() {
    assertThat(start("INSERT INTO slow SELECT number FROM numbers(1000)").join())
        .isInstanceOf(Answer.class);

    assertThat(lookup.find(id, node)).isEqualTo(new Lookup.Finished(1000));
  }

  @Test
  void findsWhatHasFailedBeforeItStarted() {
    start("SELECT * FROM no_such_table").join();

    assertThat(lookup.find(id, node))
        .isInstanceOfSatisfying(
            Lookup.Failed.class,
            failed ->
                assertThat(failed.problem().message())
                    .startsWith("code 60 (UNKNOWN_TABLE): ")
                    .doesNotContain("version"));
  }

  @Test
  void findsWhatHasFailedOnTheWay() {
    start("INSERT INTO slow SELECT throwIf(number = 500000) FROM numbers(1000000)").join();

    assertThat(lookup.find(id, node))
        .isInstanceOfSatisfying(
            Lookup.Failed.class,
            failed -> assertThat(failed.problem().message()).startsWith("code 395 "));
  }

  @Test
  void aRefusedSecondOneChangesNothing() {
    CompletableFuture<Object> first = start(LONG);
    await().until(() -> lookup.find(id, node) instanceof Lookup.Running);

    assertThat(start("SELECT 1").join()).isInstanceOf(AnswerLost.class);

    assertThat(lookup.find(id, node)).isInstanceOf(Lookup.Running.class);
    lookup.kill(id, node);
    first.join();
    assertThat(((Lookup.Failed) lookup.find(id, node)).problem().reason())
        .isEqualTo(Reason.StatementKilled);
  }

  @Test
  void whatNeverRanIsProvenByALogThatWasKept() {
    assertThat(lookup.find(id, node))
        .isInstanceOfSatisfying(
            Lookup.Absent.class, absent -> assertThat(absent.neverRan()).isTrue());
  }

  @Test
  void aLogThatBeganLaterProvesNothing() {
    NodeRef longAgo = seen(Duration.ofDays(-3), Duration.ZERO);

    assertAbsentWithoutProof(longAgo, "has lost its entries");
  }

  @Test
  void anotherBootProvesNothing() {
    assertAbsentWithoutProof(seen(Duration.ZERO, Duration.ofSeconds(-5)), "has restarted");
  }

  @Test
  void anotherServerProvesNothing() {
    NodeRef other =
        new NodeRef(
            node.target(), node.address(), UUID.randomUUID().toString(), node.boot(), node.seen());

    assertAbsentWithoutProof(other, "is another server");
  }

  @Test
  void aHangingServerIsUnanswered() {
    database.server().pause();
    try {
      assertThat(lookup.find(id, node))
          .isInstanceOfSatisfying(
              Lookup.Unanswered.class,
              unanswered ->
                  assertThat(unanswered.problem().reason()).isEqualTo(Reason.DatabaseUnreachable));
    } finally {
      database.server().resume();
    }
  }

  private NodeRef seen(Duration seen, Duration boot) {
    return new NodeRef(
        node.target(),
        node.address(),
        node.identity(),
        node.boot().plus(boot),
        node.seen().plus(seen));
  }

  private void assertAbsentWithoutProof(NodeRef meantFor, String why) {
    assertThat(lookup.find(id, meantFor))
        .isInstanceOfSatisfying(
            Lookup.Absent.class,
            absent -> {
              assertThat(absent.neverRan()).isFalse();
              assertThat(absent.why()).contains(why);
            });
  }

  /** The answer, or what was thrown in its place. */
  private CompletableFuture<Object> start(String sql) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return cluster.run(node.address(), sql, id, Map.of(), Map.of());
          } catch (AnswerLost | ProblemException e) {
            return e;
          }
        });
  }
}
