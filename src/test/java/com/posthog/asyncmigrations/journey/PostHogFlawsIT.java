package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import com.posthog.asyncmigrations.posthog.PostHogDatabase;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Known weaknesses of PostHog's own async migrations, numbered as in docs/posthog.md. */
@Order(1)
class PostHogFlawsIT extends Operated {

  PostHogFlawsIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void flaw1ARollbackIsAPhaseAndThereIsOneAtATime() {
    createUndone();
    installation.migrate(
        "m", Operations.create("t") + Operations.slowToUndo("t", 40) + Operations.fail());
    until("the rollback runs", () -> installation.runs("INSERT INTO undone"));
    assertThat(installation.phase("m")).isEqualTo("RollingBack");

    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(installation.started("m", "INSERT INTO undone")).isEqualTo(1);
    assertThat(installation.clickHouse().run("SELECT count() FROM undone")).isEqualTo("40");
  }

  @Test
  void flaw2OfTwoThatAreStartedAtOnceTheSecondWaitsAndThenRuns() {
    installation.migrate("a", Operations.create("a") + Operations.fill("a", 20));
    installation.migrate("b", Operations.create("b") + Operations.fill("b", 20));

    awaitPhase("a", "CompletedSuccessfully");
    awaitPhase("b", "CompletedSuccessfully");
    AsyncMigrationStatus a = installation.status("a").orElseThrow();
    AsyncMigrationStatus b = installation.status("b").orElseThrow();
    assertThat(
            a.finishedAt().compareTo(b.startedAt()) <= 0
                || b.finishedAt().compareTo(a.startedAt()) <= 0)
        .isTrue();
  }

  @Test
  void flaw3NothingIsStartedOnceAStopHasBegun() {
    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 3000) + Operations.create("never"));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));

    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(installation.runs("INSERT INTO t")).isFalse();
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.started("m", "CREATE TABLE never")).isZero();
  }

  @Test
  void flaw4WhatIsCompletedIsNotStartedAgain() {
    installation.migrate("m", Operations.create("t"));
    awaitPhase("m", "CompletedSuccessfully");

    installation.retry("m", 1);

    awaitEvent("m", "RetryNonceIgnored");
    awaitSeen("m");
    assertThat(installation.phase("m")).isEqualTo("CompletedSuccessfully");
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
  }

  @Test
  void flaw5ParametersStayAsTheRunBeganWithThem() {
    String operations =
        Operations.create("t")
            + insertParameter("before")
            + Operations.fill("t", 40)
            + insertParameter("after");
    installation.migrate("m", parameter("1001"), operations);
    until("the statement runs", () -> installation.runs("INSERT INTO t SELECT number"));

    installation.migrate("m", parameter("2002"), operations);

    awaitEvent("m", "SpecChangedDuringRun");
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.clickHouse().run("SELECT countIf(n = 1001), countIf(n = 2002) FROM t"))
        .isEqualTo("2\t0");
  }

  @Test
  void flaw7TwoMayDependOnOne() {
    for (String name : new String[] {"b", "c"}) {
      installation.define(
          name, "desiredState: Completed\ndependsOn: [0100_a]", Operations.create(name));
      awaitReason(name, "WaitingForDependency");
    }

    installation.migrate("a", Operations.create("a"));

    awaitPhase("b", "CompletedSuccessfully");
    awaitPhase("c", "CompletedSuccessfully");
  }

  @Test
  void flaw9TheQueryIdIsRecordedBeforeAndTheQueryIsKilledOnStop() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    String recorded = installation.status("m").orElseThrow().intent().queryId();
    assertThat(processes(recorded)).isEqualTo("1");

    installation.wish("m", "Stopped");

    awaitPhase("m", "Errored");
    assertThat(processes(recorded)).isEqualTo("0");
    assertThat(installation.runs("INSERT INTO t")).isFalse();
  }

  @Test
  @OwnOperator
  void flaw10OperationsThatAreInsertedDuringARunShiftNothing() {
    String operations = Operations.create("t") + Operations.fill("t", 100);
    installation.migrate("m", operations + Operations.create("u"));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    operator().kill();
    installation.migrate("m", Operations.create("first") + operations + Operations.create("u"));

    startSuccessor();

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.status("m").orElseThrow().operations())
        .extracting(OperationStatus::name)
        .containsExactly("create-t", "fill-t", "create-u");
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.started("m", "CREATE TABLE u")).isEqualTo(1);
    assertThat(installation.started("m", "CREATE TABLE first")).isZero();
  }

  @Test
  @OwnOperator
  void flaw13ARollbackIsRecordedOperationByOperation() {
    createUndone();
    installation.migrate(
        "m",
        Operations.create("t")
            + Operations.slowToUndo("t", 100)
            + Operations.create("u")
            + Operations.fail());
    until("the rollback runs", () -> installation.runs("INSERT INTO undone"));
    assertThat(installation.status("m").orElseThrow().operations())
        .extracting(OperationStatus::state)
        .endsWith("RolledBack", "RolledBack");
    operator().kill();

    startSuccessor();

    awaitPhase("m", "RolledBack");
    assertThat(installation.started("m", "DROP TABLE IF EXISTS u")).isEqualTo(1);
    assertThat(installation.started("m", "INSERT INTO undone")).isEqualTo(1);
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
  }

  @Test
  void flaw17WhatPassesByItselfIsWaitedForAndWhatDoesNotEndsTheRun() {
    installation.instance(1); // nobody listens there
    installation.migrate("m", Operations.create("t") + Operations.fail());
    awaitReason("m", "DatabaseUnreachable");
    assertThat(installation.phase("m")).isEqualTo("NotStarted");

    installation.instance(installation.clickHouse().server().httpPort());

    awaitPhase("m", "RolledBack");
    assertThat(installation.status("m").orElseThrow().errors().get(0).reason())
        .isEqualTo("StatementFailed");
    assertThat(installation.started("m", "throwIf")).isEqualTo(1);
  }

  @Test
  @OwnOperator
  void flaw18TheRunOfALostOperatorIsTakenUpInMinutesAndIsNotStartedTwice() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    operator().kill();
    Instant lost = Instant.now();

    startSuccessor();
    installation.wish("m", "Stopped");

    awaitPhase("m", "Errored");
    assertThat(Duration.between(lost, Instant.now())).isLessThan(Duration.ofMinutes(3));
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.runs("INSERT INTO t")).isFalse();
  }

  @Test
  @OwnOperator
  void flaw19ADeployOfTheOperatorLeavesTheStatementRunning() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 200));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));

    operator().terminate();
    assertThat(installation.runs("INSERT INTO t")).isTrue();
    startSuccessor();

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.clickHouse().run("SELECT count() FROM t")).isEqualTo("200");
  }

  @Test
  @OwnOperator
  void flaw20AnErrorThatQuotesItsStatementTellsNoPassword() {
    PostHogDatabase postHog = PostHogDatabase.create(installation.postgres());
    installation.migrate(
        "m",
        """
        - name: dictionary
          sql:
            database: ClickHouse
            statements:
              - sql: >-
                  CREATE DICTIONARY d (n UInt64) PRIMARY KEY n
                  SOURCE PASSWORD '%s', '%s' LAYOUT(FLAT())
          rollback: {notNeeded: true}
        """
            .formatted(
                installation.clickHouse().user().password(),
                SharedPostgres.PASSWORD.replace("'", "\\'")));

    awaitPhase("m", "RolledBack");
    until("PostHog is told", () -> postHog.status("0100_m").equals("4"));
    assertThat(installation.status("m").orElseThrow().errors().get(0).message())
        .contains("[redacted]', '[redacted]'");
    String told =
        String.join("\n", operator().log())
            + Serialization.asYaml(installation.events())
            + Serialization.asYaml(installation.status("m").orElseThrow())
            + installation
                .postgres()
                .value("SELECT string_agg(message, '') FROM async_migrations.error")
            + postHog.errors("0100_m");
    assertThat(told)
        .doesNotContain(
            installation.clickHouse().user().password(),
            SharedPostgres.PASSWORD,
            SharedPostgres.PASSWORD.replace("'", "\\'"));
  }

  private void createUndone() {
    installation.clickHouse().run("CREATE TABLE undone (n UInt64) ENGINE MergeTree ORDER BY n");
  }

  private String processes(String queryId) {
    return installation
        .clickHouse()
        .run("SELECT count() FROM system.processes WHERE query_id = '%s'".formatted(queryId));
  }

  private static String parameter(String value) {
    return "[{name: n, type: Integer, value: \"%s\"}]".formatted(value);
  }

  private static String insertParameter(String name) {
    return """
        - name: %s
          sql:
            database: ClickHouse
            statements: [{sql: "INSERT INTO t SELECT {n:UInt64}"}]
          rollback: {notNeeded: true}
        """
        .formatted(name);
  }
}
