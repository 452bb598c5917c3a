package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.CheckStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Whether a migration is needed, may start, and may go on. */
@Order(1)
class ChecksIT extends Operated {
  private static final String FLAG_IS_ONE =
      "query: {database: ClickHouse, sql: SELECT max(n) FROM flag, equals: \"1\"}";

  ChecksIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    installation
        .clickHouse()
        .run("CREATE TABLE flag (n UInt64) ENGINE MergeTree ORDER BY n AS SELECT 0");
  }

  @Test
  void whatIsNotNeededCompletesWithoutRunningAlsoUnasked() {
    apply("m", "", "requiredWhen: {database: ClickHouse, sql: SELECT count() > 5 FROM flag}");

    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));

    assertThat(installation.condition("m", "Ready").reason()).isEqualTo("NotRequired");
    assertThat(installation.status("m").map(AsyncMigrationStatus::runId)).isEmpty();
    assertThat(check("m", "Requirement").found()).isEqualTo("0: it is not needed");
  }

  @Test
  void aRequirementThatErrsWaitsAndCompletesNothing() {
    apply("m", "Completed", "requiredWhen: {database: PostgreSQL, sql: SELECT true FROM later}");

    await()
        .atMost(soon())
        .until(
            () -> "RequirementUnknown".equals(installation.condition("m", "Reconciling").reason()));
    assertThat(installation.condition("m", "Reconciling").message()).contains("later");
    assertThat(installation.phase("m")).isEqualTo("NotStarted");

    installation
        .postgres()
        .asSuperuser("CREATE TABLE later AS SELECT 1", "GRANT SELECT ON later TO PUBLIC");

    await().atMost(later()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.condition("m", "Ready").reason()).isEqualTo("Completed");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");
  }

  @Test
  void aPrecheckThatFailsEndsTheStartBeforeAnythingWasTouched() {
    apply("m", "Completed", "prechecks: [{name: flag, " + FLAG_IS_ONE + "}]");

    await().atMost(soon()).until(() -> "FailedAtStartup".equals(installation.phase("m")));

    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("PrecheckFailed");
    assertThat(installation.condition("m", "Stalled").message())
        .startsWith("precheck flag: found '0' on 127.0.0.1:")
        .endsWith("; '1' would pass");
    assertThat(check("m", "Precheck").result()).isEqualTo("Failed");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");

    // mended, and the resource is touched: what is asked is asked anew
    installation.clickHouse().run("INSERT INTO flag VALUES (1)");
    apply("m", "Completed", "prechecks: [{name: flag-is-set, " + FLAG_IS_ONE + "}]");

    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(check("m", "Precheck").result()).isEqualTo("Passed");
  }

  @Test
  @OwnOperator
  void aRefusalOutlivesTheOperator() {
    apply("m", "Completed", "prechecks: [{name: flag, " + FLAG_IS_ONE + "}]");
    await().atMost(soon()).until(() -> "FailedAtStartup".equals(installation.phase("m")));
    String before = installation.migration("m").getMetadata().getResourceVersion();
    operator().kill();

    startSuccessor();
    // one pass before the checks were made again, and one after
    await().atMost(soon()).until(() -> stillRefused() >= 2);

    assertThat(installation.migration("m").getMetadata().getResourceVersion()).isEqualTo(before);
  }

  @Test
  void aCheckThatMakesNoSenseIsNamed() {
    apply(
        "m",
        "Completed",
        "prechecks: [{name: typo, query: {database: ClickHouse, sql: 'SELECT {x:UInt8}', atLeast: 1}}]");

    await().atMost(soon()).until(() -> "FailedAtStartup".equals(installation.phase("m")));

    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("InvalidPlan");
    assertThat(installation.condition("m", "Stalled").message()).contains("precheck typo", "{x}");
  }

  @Test
  void parametersAreBoundInChecks() {
    apply(
        "m",
        "Completed",
        """
        parameters: [{name: least, type: Integer, value: "0"}]
          prechecks:
            - name: clickhouse
              query: {database: ClickHouse, sql: "SELECT {least:UInt8}", atMost: 0}
            - name: postgres
              query: {database: PostgreSQL, sql: "SELECT {least:int}", equals: "0"}
        """);

    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
  }

  @Test
  void aCheckThatHangsHoldsUpNoOther() {
    apply(
        "hangs",
        "Completed",
        """
        prechecks:
            - name: slow
              query: {database: PostgreSQL, sql: SELECT 1 FROM pg_sleep(60), equals: "1"}
        """);
    await().atMost(soon()).until(() -> installation.runsOnPostgres("pg_sleep"));

    apply("m", "Completed", "prechecks: [{name: any, diskSpace: {atLeast: 1M}}]");

    await()
        .atMost(Duration.ofSeconds(7))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    await()
        .atMost(soon())
        .until(
            () ->
                "StatementKilled".equals(installation.condition("hangs", "Reconciling").reason()));
    assertThat(installation.phase("hangs")).isEqualTo("NotStarted");
  }

  @Test
  void threeHealthchecksThatFailEndTheRun() {
    installation.clickHouse().run("INSERT INTO flag VALUES (1)");
    apply(
        "m",
        "Completed",
        "healthchecks: [{name: flag, "
            + FLAG_IS_ONE
            + "}, {name: space, diskSpace: {atLeast: 100k}}]",
        Operations.create("t") + Operations.fill("t", 3000));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    installation.clickHouse().run("INSERT INTO flag VALUES (7)");

    await()
        .atMost(Duration.ofSeconds(150))
        .until(() -> "RolledBack".equals(installation.phase("m")));
    AsyncMigrationStatus status = installation.status("m").orElseThrow();
    assertThat(status.errors().get(0).reason()).isEqualTo("HealthcheckFailed");
    assertThat(status.errors().get(0).message())
        .startsWith("healthcheck flag failed 3 times in a row: found '7' on 127.0.0.1:")
        .endsWith("; '1' would pass");
    assertThat(installation.runs("INSERT INTO t")).isFalse();
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  private long stillRefused() {
    return log().stream().filter(line -> line.contains("FAILED_AT_STARTUP STILL_REFUSED")).count();
  }

  private void apply(String name, String desiredState, String checks) {
    apply(name, desiredState, checks, Operations.create("t"));
  }

  private void apply(String name, String desiredState, String checks, String operations) {
    installation.migrateWith(
        name,
        (desiredState.isEmpty() ? "" : "  desiredState: " + desiredState + "\n")
            + "  "
            + checks.strip()
            + "\n",
        operations);
  }

  private CheckStatus check(String name, String kind) {
    List<CheckStatus> checks =
        Optional.ofNullable(installation.status(name).orElseThrow().checks()).orElse(List.of());
    return checks.stream().filter(c -> c.kind().equals(kind)).findFirst().orElseThrow();
  }

  private static Duration soon() {
    return Duration.ofSeconds(40);
  }

  private static Duration later() {
    return Duration.ofSeconds(90);
  }
}
