package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every wish in every phase (contracts, 5). */
class WishesIT extends Operated {

  WishesIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void nothingStartsBeforeItIsWanted() {
    installation.define(
        "m", "description: Nobody has said what is wanted.", Operations.create("t"));
    awaitReason("m", "WaitingForStart");
    for (String idle : List.of("Idle", "Paused", "Stopped", "RolledBack")) {
      installation.wish("m", idle);
      awaitSeen("m");
      assertThat(installation.phase("m")).isEqualTo("NotStarted");
    }
    awaitReason("m", "NothingToRollBack");
    awaitEvent("m", "NothingToRollBack");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);

    installation.wish("m", "Completed");

    awaitPhase("m", "CompletedSuccessfully");
  }

  @Test
  void whatIsCompletedStaysUntilItIsRolledBackAndRunsAgainWhenTheNonceGrows() {
    installation.migrate("m", Operations.create("t"));
    awaitPhase("m", "CompletedSuccessfully");
    for (String any : List.of("Idle", "Paused", "Stopped", "Completed")) {
      installation.wish("m", any);
      awaitSeen("m");
      assertThat(installation.phase("m")).isEqualTo("CompletedSuccessfully");
    }
    installation.retry("m", 1);
    awaitEvent("m", "RetryNonceIgnored");
    assertThat(installation.status("m").orElseThrow().observedRetryNonce()).isEqualTo(1);
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(1);

    installation.wish("m", "RolledBack");
    awaitPhase("m", "RolledBack");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
    for (String any : List.of("Idle", "Paused", "Stopped", "Completed", "RolledBack")) {
      installation.wish("m", any);
      awaitSeen("m");
      assertThat(installation.phase("m")).isEqualTo("RolledBack");
    }

    installation.wish("m", "Completed");
    installation.retry("m", 2);

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(2);
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");
  }

  @Test
  void aRunGoesOnWhenItsWishIsTakenAway() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 200));
    awaitPhase("m", "Running");

    installation.wish("m", "Idle");
    installation.retry("m", 1);

    awaitEvent("m", "SpecChangedDuringRun");
    awaitEvent("m", "RetryNonceIgnored");
    until(
        "the condition says so",
        () -> installation.condition("m", "Reconciling").message().contains("does not end a run"));
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
  }

  @Test
  void aPauseLetsTheStatementEndAndPutsTheWorkersBack() {
    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 40) + Operations.create("u"));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));

    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");

    assertThat(installation.clickHouse().run("SELECT count() FROM t")).isEqualTo("40");
    until("the worker is as before", () -> installation.replicas() == Installation.REPLICAS);
    assertThat(installation.clickHouse().run("EXISTS TABLE u")).isEqualTo("0");
    installation.migrate("other", Operations.create("other"));
    awaitReason("other", "AnotherRuns"); // the lease is kept
    installation.wish("m", "Idle");
    awaitSeen("m");
    assertThat(installation.phase("m")).isEqualTo("Paused");

    installation.wish("m", "Completed");

    awaitPhase("m", "CompletedSuccessfully");
    awaitPhase("other", "CompletedSuccessfully");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void aPausedRunIsStoppedAndGoesOnWhenTheNonceGrows() {
    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 20) + Operations.create("u"));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");

    installation.wish("m", "Stopped");
    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("Stopped");
    for (String any : List.of("Idle", "Paused", "Stopped", "Completed")) {
      installation.wish("m", any);
      awaitSeen("m");
      assertThat(installation.phase("m")).isEqualTo("Errored");
    }

    installation.retry("m", 1);

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(1);
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.clickHouse().run("EXISTS TABLE u")).isEqualTo("1");
  }

  @Test
  void aPausedRunIsRolledBack() {
    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 20) + Operations.create("u"));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");

    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void aStoppedRunIsRolledBackWhenThatIsWanted() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    installation.wish("m", "Stopped");
    awaitPhase("m", "Errored");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");

    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
  }

  @Test
  void aRollbackFinishesWhateverIsWantedMeanwhile() {
    installation.clickHouse().run("CREATE TABLE undone (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.migrate(
        "m", Operations.create("t") + Operations.slowToUndo("t", 50) + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    installation.wish("m", "RolledBack");
    until("the rollback runs", () -> installation.runs("INSERT INTO undone"));
    for (String any : List.of("Idle", "Completed", "Paused", "Stopped")) {
      installation.wish("m", any);
      awaitSeen("m");
      assertThat(installation.phase("m")).isEqualTo("RollingBack");
    }

    awaitPhase("m", "RolledBack");

    assertThat(installation.clickHouse().run("SELECT count() FROM undone")).isEqualTo("50");
    assertThat(installation.condition("m", "Stalled").status().name()).isEqualTo("True");
  }
}
