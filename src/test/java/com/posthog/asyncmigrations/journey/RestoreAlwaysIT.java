package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a migration always restores is restored, however its run ends, before the workers are. */
class RestoreAlwaysIT extends Operated {
  private static final String DETACH =
      """
      - name: detach-view
        sql:
          database: ClickHouse
          statements:
            - sql: DETACH TABLE view
        rollback: {notNeeded: true}
      """;

  private static final String RESTORE =
      """
      desiredState: Completed
      restoreAlways:
        - database: ClickHouse
          statements:
            - sql: ATTACH TABLE IF NOT EXISTS view
      """;

  RestoreAlwaysIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @BeforeEach
  void createTheView() {
    installation.clickHouse().run("CREATE TABLE view (n UInt64) ENGINE MergeTree ORDER BY n");
  }

  @Test
  void afterSuccess() {
    installation.define("m", RESTORE, DETACH + Operations.create("t"));

    awaitPhase("m", "CompletedSuccessfully");
    isRestored();
  }

  @Test
  void afterAnErrorAndItsRollback() {
    installation.define("m", RESTORE, DETACH + Operations.fail());

    awaitPhase("m", "RolledBack");
    isRestored();
  }

  @Test
  void afterAStop() {
    installation.define("m", RESTORE, DETACH + Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    assertThat(installation.clickHouse().run("EXISTS TABLE view")).isEqualTo("0");

    installation.wish("m", "Stopped");

    awaitPhase("m", "Errored");
    isRestored();
  }

  @Test
  @OwnOperator
  void afterTheOperatorWasKilledAndTheRunWasStoppedMeanwhile() {
    installation.define("m", RESTORE, DETACH + Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    operator().kill();
    installation.wish("m", "Stopped");

    startSuccessor();

    awaitPhase("m", "Errored");
    isRestored();
  }

  @Test
  void whatCannotBeRestoredIsAnErrorAndTheWorkersAreRestoredAllTheSame() {
    installation.define(
        "m", RESTORE.replace("TABLE IF NOT EXISTS view", "TABLE absent"), Operations.create("t"));

    awaitPhase("m", "Errored");

    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("RestoreFailed");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  private void isRestored() {
    assertThat(installation.clickHouse().run("EXISTS TABLE view")).isEqualTo("1");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(installation.started("m", "ATTACH TABLE")).isEqualTo(1);
  }
}
