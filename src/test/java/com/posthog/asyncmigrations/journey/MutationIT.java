package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mutations, which go on in the server whatever becomes of the operator. */
class MutationIT extends Operated {
  private static final String PLUS_ONE = "UPDATE x = x + {by:UInt64} WHERE n >= 0";
  private static final String BY = "[{name: by, type: Integer, value: \"1\"}]";

  MutationIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @BeforeEach
  void prepare() {
    run("CREATE TABLE t (n UInt64, x UInt64) ENGINE MergeTree PARTITION BY n % 8 ORDER BY n");
    run("INSERT INTO t SELECT number, 0 FROM numbers(160)");
  }

  @Test
  @OwnOperator
  void itOutlivesTheOperatorAndIsSentOnce() {
    run("SYSTEM STOP MERGES t");
    installation.migrate("m", BY, Operations.mutate("t", PLUS_ONE));
    until("it is listed", () -> unfinished() == 1);

    operator().kill();
    startSuccessor();
    until("it is seen running", () -> status().progress() != null && unfinished() == 1);
    run("SYSTEM START MERGES t");

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(run("SELECT sum(x) FROM t")).isEqualTo("160");
    assertThat(installation.started("m", "ALTER TABLE")).isEqualTo(1);
  }

  @Test
  @OwnOperator
  void oneThatEndsWhileNobodyLooksIsRecognised() {
    run("SYSTEM STOP MERGES t");
    installation.migrate("m", BY, Operations.mutate("t", PLUS_ONE));
    until("it is listed", () -> unfinished() == 1);

    operator().kill();
    run("SYSTEM START MERGES t");
    until("it is done", () -> unfinished() == 0);
    startSuccessor();

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(run("SELECT sum(x) FROM t")).isEqualTo("160");
    assertThat(installation.started("m", "ALTER TABLE")).isEqualTo(1);
  }

  @Test
  void aStopEndsIt() {
    installation.migrate(
        "m", Operations.mutate("t", "UPDATE x = 1 WHERE sleepEachRow(0.05) = 0") + another());
    until("it runs", () -> mutating() > 0);

    installation.wish("m", "Stopped");

    awaitPhase("m", "Errored");
    assertThat(unfinished()).isZero();
    assertThat(mutating()).isZero();
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("Stopped");
    assertThat(installation.started("m", "DELETE WHERE")).isZero();
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void oneThatWouldFailForEverIsEnded() {
    installation.migrate(
        "m", Operations.mutate("t", "UPDATE x = throwIf(n = 3, 'three') WHERE 1") + another());

    awaitPhase("m", "RolledBack");

    assertThat(unfinished()).isZero();
    assertThat(status().errors()).hasSize(1);
    assertThat(status().errors().get(0).operation()).isEqualTo("mutate-t");
    assertThat(status().errors().get(0).reason()).isEqualTo("StatementFailed");
    assertThat(status().errors().get(0).message()).contains("395", "three");
    assertThat(installation.started("m", "DELETE WHERE")).isZero();
  }

  @Test
  void whatIsNoMutationIsRefusedBeforeAnythingIsTouched() {
    installation.migrate("m", Operations.mutate("t", "DROP COLUMN x"));

    awaitPhase("m", "FailedAtStartup");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("InvalidPlan");
    assertThat(installation.condition("m", "Stalled").message())
        .contains("mutation.command", "DROP COLUMN x", "MATERIALIZE INDEX");
  }

  private static String another() {
    return Operations.mutate("t", "DELETE WHERE 1").replace("mutate-t", "never");
  }

  private AsyncMigrationStatus status() {
    return installation.status("m").orElseThrow();
  }

  private int unfinished() {
    return Integer.parseInt(
        run(
            "SELECT count() FROM system.mutations WHERE NOT is_done AND database = currentDatabase()"));
  }

  private int mutating() {
    return Integer.parseInt(
        run(
            "SELECT count() FROM system.merges WHERE is_mutation AND database = currentDatabase()"));
  }

  private String run(String sql) {
    return installation.clickHouse().run(sql);
  }
}
