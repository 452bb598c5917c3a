package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus.ErrorStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.IntentStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.TargetStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Statements that run on every shard at the same time: two servers, each a shard of its own. */
class SeveralNodesIT extends Operated {
  private final Reaper reaper = new Reaper();
  private final ClickHouseProcess second;
  private final TestDatabase one;
  private final TestDatabase two;

  SeveralNodesIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    second =
        ClickHouseProcess.start(
            SharedClickHouse.engine(), ServerOptions.single(clickHouse.user()), reaper);
    one = installation.clickHouse();
    two = new TestDatabase(second, clickHouse.user(), one.name());
    new TestDatabase(second, clickHouse.user(), "default").run("CREATE DATABASE " + one.name());
  }

  @BeforeEach
  void pointAtBoth() {
    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        """
        {"spec":{"clickhouse":{"nodes":[
          {"host":"%s","httpPort":%d},{"host":"%s","httpPort":%d,"shard":2}]}}}
        """
            .formatted(
                one.server().host(), one.server().httpPort(), second.host(), second.httpPort()));
  }

  @AfterEach
  void stopTheSecond() {
    second.close();
    reaper.close();
  }

  @Test
  @OwnOperator
  void eachStatementRunsOnAllOfThemAtOnceAndSurvivesTheOperator() {
    installation.migrate(
        "m", onEveryShard(Operations.create("t")) + onEveryShard(Operations.fill("t", 200)));
    until("it runs on both", () -> runs(one) && runs(two));
    assertThat(targets()).extracting(TargetStatus::target).containsExactly("s1r1", "s2r1");
    assertThat(targets()).extracting(TargetStatus::state).containsOnly("Open");

    operator().kill();
    startSuccessor();

    awaitPhase("m", "CompletedSuccessfully");
    for (TestDatabase each : List.of(one, two)) {
      assertThat(each.run("SELECT count() FROM t")).isEqualTo("200");
      assertThat(started(each, "INSERT INTO t")).isEqualTo("1");
      assertThat(started(each, "CREATE TABLE t")).isEqualTo("1");
    }
  }

  @Test
  void theEndOnEachIsRecordedAndAfterAFailureOnlyTheOthersAreRepeated() {
    installation.settings("{\"disableAutoRollback\":true}");
    one.run("CREATE TABLE t (n UInt64) ENGINE MergeTree ORDER BY n"); // the other has none
    installation.migrate(
        "m",
        onEveryShard(Operations.postgres("fill", "INSERT INTO t VALUES (1)"))
            .replace("PostgreSQL", "ClickHouse"));
    awaitPhase("m", "Errored");
    ErrorStatus error = installation.status("m").orElseThrow().errors().get(0);
    assertThat(error.message()).contains("s2r1 at " + second.host(), "finished on s1r1");
    two.run("CREATE TABLE t (n UInt64) ENGINE MergeTree ORDER BY n");

    installation.retry("m", 1);

    awaitPhase("m", "CompletedSuccessfully");
    for (TestDatabase each : List.of(one, two)) {
      assertThat(each.run("SELECT count() FROM t")).isEqualTo("1");
    }
    assertThat(started(one, "INSERT INTO t")).isEqualTo("1");
  }

  @Test
  void aFailureOnOneEndsTheOthers() {
    two.run("CREATE VIEW t AS SELECT 1 AS n"); // nothing can be inserted there
    one.run("CREATE TABLE t (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.migrate("m", onEveryShard(Operations.fill("t", 3000)));

    awaitPhase("m", "RolledBack");

    assertThat(runs(one)).isFalse();
    assertThat(installation.status("m").orElseThrow().errors()).hasSize(1);
    assertThat(installation.status("m").orElseThrow().errors().get(0).message()).contains("s2r1");
  }

  @Test
  void aStopEndsItOnAllOfThem() {
    installation.migrate(
        "m", onEveryShard(Operations.create("t")) + onEveryShard(Operations.fill("t", 3000)));
    until("it runs on both", () -> runs(one) && runs(two));

    installation.wish("m", "Stopped");

    awaitPhase("m", "Errored");
    assertThat(runs(one)).isFalse();
    assertThat(runs(two)).isFalse();
  }

  @Test
  void aMutationRunsOnAllOfThemAndIsEndedOnAllWhereOneFails() {
    for (TestDatabase each : List.of(one, two)) {
      each.run("CREATE TABLE t (n UInt64, x UInt64) ENGINE MergeTree ORDER BY n");
      each.run("INSERT INTO t SELECT number, 0 FROM numbers(10)");
    }
    installation.migrate("m", Operations.mutate("t", "UPDATE x = n + 1 WHERE 1"));
    awaitPhase("m", "CompletedSuccessfully");
    one.run("SYSTEM STOP MERGES t");

    installation.migrate(
        "fails", Operations.mutate("t", "UPDATE x = throwIf(n = 5, 'five') WHERE 1"));

    awaitPhase("fails", "RolledBack");
    assertThat(installation.status("fails").orElseThrow().errors().get(0).message())
        .contains("s2r1 at " + second.host(), "five");
    for (TestDatabase each : List.of(one, two)) {
      assertThat(each.run("SELECT sum(x) FROM t")).isEqualTo("55");
      assertThat(
              each.run(
                  "SELECT count() FROM system.mutations WHERE NOT is_done AND database = currentDatabase()"))
          .isEqualTo("0");
    }
  }

  @Test
  void oneThatIsAwayIsWaitedFor() {
    installation.migrate(
        "m", onEveryShard(Operations.create("t")) + onEveryShard(Operations.fill("t", 50)));
    until("it runs on both", () -> runs(one) && runs(two));
    second.pause();
    until("it has ended on the first", () -> !runs(one));
    awaitReason("m", "DatabaseUnreachable");

    second.resume();

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(started(two, "INSERT INTO t")).isEqualTo("1");
  }

  private static String onEveryShard(String operation) {
    return operation.replaceFirst("(  sql:\n)(\\s+)", "$1$2where: EveryShard\n$2");
  }

  private static boolean runs(TestDatabase on) {
    return !on.run(
            """
            SELECT count() FROM system.processes
            WHERE query LIKE 'INSERT INTO t%%' AND current_database = '%s'
            """
                .formatted(on.name()))
        .equals("0");
  }

  private String started(TestDatabase on, String text) {
    on.run("SYSTEM FLUSH LOGS");
    return on.run(
        """
        SELECT count() FROM system.query_log
        WHERE type = 'QueryStart' AND startsWith(query_id, '%s-') AND position(query, '%s') > 0
        """
            .formatted(installation.queryPrefix("m"), text));
  }

  private List<TargetStatus> targets() {
    IntentStatus intent = installation.status("m").orElseThrow().intent();
    return intent == null || intent.targets() == null ? List.of() : intent.targets();
  }
}
