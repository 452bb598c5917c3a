package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.PlanStatus;
import com.posthog.asyncmigrations.api.PlanStatus.OperationPlanStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a migration would do is seen before it is started. */
class DryRunIT extends Operated {
  private static final String OPERATIONS =
      """
      - name: create
        sql:
          database: ClickHouse
          statements:
            - sql: CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)
        rollback: {sql: {database: ClickHouse, statements: [{sql: DROP TABLE IF EXISTS n SYNC}]}}
      - name: fill
        copyTable: {from: t, to: n, chunkRows: 8192}
      - name: swap
        exchangeTables: {table: t, with: n, backup: before}
      """;

  DryRunIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @BeforeEach
  void prepare() {
    run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
    run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number % 60, toString(number) FROM numbers(100000)");
    run("OPTIMIZE TABLE t FINAL");
  }

  @Test
  void itIsLookedAtThenStarted() {
    String before = everything();
    installation.define("m", "desiredState: Completed\ndryRun: true", OPERATIONS);

    PlanStatus plan = awaitPlan();
    assertThat(plan.ready()).isTrue();
    assertThat(plan.problems()).isNullOrEmpty();
    assertThat(plan.operations())
        .extracting(OperationPlanStatus::kind)
        .containsExactly("sql", "copyTable", "exchangeTables");
    OperationPlanStatus fill = plan.operations().get(1);
    assertThat(fill.rows()).isEqualTo(100_000);
    assertThat(fill.partitions()).isEqualTo(2);
    assertThat(fill.chunks()).isGreaterThan(4);
    assertThat(fill.disks()).singleElement().satisfies(d -> assertThat(d.free()).isPositive());
    assertThat(fill.estimatedTime()).isEqualTo("1s");
    assertThat(installation.kubectl("get", "asyncmigrations", "m", "--no-headers"))
        .matches("m +NotStarted +0 .*DryRun\\R?");
    assertThat(installation.condition("m", "Reconciling").message())
        .contains("100,000 rows", "nothing was found that is in the way", "Nothing is started");
    assertThat(everything()).isEqualTo(before);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(installation.postgres().value("SELECT count(*) FROM async_migrations.lease"))
        .isEqualTo("0");

    installation.edit("m", "{\"dryRun\":false}");

    awaitPhase("m", "CompletedSuccessfully");
    AsyncMigrationStatus done = installation.status("m").orElseThrow();
    assertThat(done.plan()).isNull();
    assertThat(done.planHash()).isEqualTo(plan.planHash());
    assertThat(
            installation
                .postgres()
                .value(
                    "SELECT count(*) FROM async_migrations.chunk WHERE (state ->> 'round')::int = 0"))
        .isEqualTo(Long.toString(fill.chunks()));
    assertThat(run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100000\t100000");
  }

  @Test
  void anotherSpecMakesAnotherPlanWithItsProblems() {
    installation.define("m", "dryRun: true", OPERATIONS);
    assertThat(awaitPlan().operations().get(1).chunks()).isGreaterThan(4);

    run("CREATE TABLE before AS t");
    installation.define(
        "m",
        "dryRun: true\nprechecks: [{name: never, query: {database: PostgreSQL, sql: SELECT 0, equals: \"1\"}}]",
        OPERATIONS.replace("chunkRows: 8192", "chunkRows: 100000"));

    until("it is looked at anew", () -> awaitPlan().operations().get(1).chunks() == 2);
    until("the check is made", () -> awaitPlan().problems().size() == 2);
    PlanStatus plan = awaitPlan();
    assertThat(plan.ready()).isFalse();
    assertThat(plan.problemsTotal()).isEqualTo(2);
    assertThat(plan.problems().get(0).reason()).isEqualTo("PrecheckFailed");
    assertThat(plan.problems().get(1).operation()).isEqualTo("swap");
    assertThat(plan.problems().get(1).message()).contains("before", "already");
    assertThat(installation.phase("m")).isEqualTo("NotStarted");
  }

  /** A run that is under way is not ended by it. */
  @Test
  void aRunThatIsUnderWayGoesOn() {
    installation.migrate("m", Operations.create("u") + Operations.fill("u", 60));
    until("it fills", () -> installation.runs("INSERT INTO u"));

    installation.edit("m", "{\"dryRun\":true}");

    awaitSeen("m");
    assertThat(installation.phase("m")).isEqualTo("Running");
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.status("m").orElseThrow().plan()).isNull();
    assertThat(installation.eventReasons("m")).contains("SpecChangedDuringRun");
  }

  private PlanStatus awaitPlan() {
    until("there is a plan", () -> plan().isPresent());
    return plan().orElseThrow();
  }

  private Optional<PlanStatus> plan() {
    return installation.status("m").map(AsyncMigrationStatus::plan);
  }

  private String everything() {
    return run(
        "SELECT groupArray((name, toString(uuid), create_table_query)) FROM"
            + " (SELECT * FROM system.tables WHERE database = currentDatabase() ORDER BY name)");
  }

  private String run(String sql) {
    return installation.clickHouse().run(sql);
  }
}
