package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.Test;

/** PostHog's settings of an instance, as far as they say how a run goes. */
class SettingsIT extends Operated {

  SettingsIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void autoStartRunsWhatDoesNotSayWhatIsWanted() {
    installation.define("m", "description: Nobody has said.", Operations.create("t"));
    installation.define("idle", "desiredState: Idle", Operations.create("idle"));
    awaitReason("m", "WaitingForStart");
    awaitReason("idle", "WaitingForStart");

    installation.settings("{\"autoStart\":true}");

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.phase("idle")).isEqualTo("NotStarted");
  }

  @Test
  void aStatementHasTheDefaultTimeoutWhereItsOperationHasNone() {
    installation.settings("{\"defaultTimeout\":\"3s\"}");
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));

    awaitPhase("m", "RolledBack");

    assertThat(installation.status("m").orElseThrow().errors().get(0).reason())
        .isEqualTo("StatementTimedOut");
  }

  @Test
  void aRollbackHasATimeoutWhereTheSettingSaysSo() {
    installation.clickHouse().run("CREATE TABLE undone (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.settings("{\"rollbackTimeout\":\"3s\"}");
    installation.migrate(
        "m", Operations.create("t") + Operations.slowToUndo("t", 3000) + Operations.fail());

    awaitPhase("m", "Errored");

    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("RollbackFailed");
    assertThat(installation.runs("INSERT INTO undone")).isFalse();
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }
}
