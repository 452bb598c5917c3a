package com.posthog.asyncmigrations.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Check;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import com.posthog.asyncmigrations.core.check.Gate.Stage;
import com.posthog.asyncmigrations.core.check.VersionRange;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.Step.DatabaseKind;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CheckRunnerIT {
  private final TestDatabase clickHouse;
  private final ClickHouseCluster cluster;
  private PostgresDatabase postgres;
  private SharedPostgres.Fresh fresh;
  private CheckRunner runner;

  CheckRunnerIT(TestDatabase clickHouse) {
    this.clickHouse = clickHouse;
    cluster = Clusters.of(clickHouse);
  }

  @BeforeEach
  void open(SharedPostgres.Fresh given) {
    fresh = given;
    postgres = given.open();
    runner = new CheckRunner(cluster, postgres, Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @CsvSource({
    "CLICKHOUSE, SELECT {n:UInt8} > 3, true",
    "CLICKHOUSE, SELECT {n:UInt8} > 9, false",
    "CLICKHOUSE, 'SELECT false, 1', false",
    "POSTGRESQL, SELECT {n:int} > 3, true",
    "POSTGRESQL, SELECT {n:int} > 9, false",
    "POSTGRESQL, SELECT 1, true"
  })
  void whetherItIsNeeded(DatabaseKind database, String sql, boolean needed) {
    Finding finding = requirement(database, sql);

    assertThat(finding.is(Result.PASSED)).isTrue();
    assertThat(finding.verdict().reason() == Reason.NotRequired).isEqualTo(!needed);
  }

  @ParameterizedTest
  @CsvSource({
    "CLICKHOUSE, SELECT 1 WHERE 0, no row",
    "CLICKHOUSE, SELECT NULL, the answer 'NULL'",
    "CLICKHOUSE, SELECT * FROM nowhere, code 60",
    "POSTGRESQL, SELECT 1 WHERE false, no row",
    "POSTGRESQL, SELECT NULL, the answer 'NULL'",
    "POSTGRESQL, SELECT 7, the answer '7'",
    "POSTGRESQL, SELECT * FROM nowhere, nowhere"
  })
  void whatDoesNotTellWhetherItIsNeeded(DatabaseKind database, String sql, String found) {
    Finding finding = requirement(database, sql);

    assertThat(finding.is(Result.UNKNOWN)).isTrue();
    assertThat(finding.verdict().reason()).isEqualTo(Reason.RequirementUnknown);
    assertThat(finding.verdict().found()).contains(found);
  }

  @ParameterizedTest
  @EnumSource(DatabaseKind.class)
  void nothingIsWritten(DatabaseKind database) {
    clickHouse.run("CREATE TABLE IF NOT EXISTS t (n UInt64) ENGINE MergeTree ORDER BY n");
    postgres.ask(
        connection -> connection.createStatement().execute("CREATE TABLE IF NOT EXISTS t (n int)"));

    Finding finding = check(database, "INSERT INTO t VALUES (1)", "1");

    assertThat(finding.is(Result.FAILED)).isTrue();
    assertThat(finding.problem().message()).containsIgnoringCase("read");
    assertThat(clickHouse.run("SELECT count() FROM t")).isEqualTo("0");
    assertThat(fresh.value("SELECT count(*) FROM t")).isEqualTo("0");
  }

  @ParameterizedTest
  @CsvSource({
    "CLICKHOUSE, 'SELECT count() FROM numbers(60) WHERE sleepEachRow(1) = 0 SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0'",
    "POSTGRESQL, SELECT pg_sleep(60)"
  })
  void whatTakesTooLongTellsNothing(DatabaseKind database, String sql) {
    Instant start = Instant.now();

    Finding finding = check(database, sql, "1");

    assertThat(finding.is(Result.UNKNOWN)).isTrue();
    assertThat(finding.verdict().reason()).isIn(Reason.StatementTimedOut, Reason.StatementKilled);
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void aServerThatIsAwayTellsNothing() throws IOException {
    try (CuttingProxy away = new CuttingProxy("127.0.0.1", 1);
        ClickHouseCluster none = Clusters.through(away.port(), clickHouse)) {
      runner = new CheckRunner(none, postgres, Clock.systemUTC());

      Finding finding = check(DatabaseKind.CLICKHOUSE, "SELECT 1", "1");

      assertThat(finding.is(Result.UNKNOWN)).isTrue();
      assertThat(finding.verdict().reason()).isEqualTo(Reason.DatabaseUnreachable);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CLICKHOUSE, >=20, PASSED",
    "CLICKHOUSE, '>=21.6.0,<21.7.0', FAILED",
    "POSTGRESQL, >=12, PASSED",
    "POSTGRESQL, <12, FAILED"
  })
  void versionsOfTheServers(DatabaseKind service, String range, Result result) {
    Checks checks =
        new Checks(
            Optional.empty(),
            Optional.empty(),
            List.of(new Checks.ServiceVersion(service, VersionRange.parse(range))),
            List.of(),
            List.of(),
            List.of());

    Finding finding = runner.make(Stage.SERVICES, checks).get(0);

    assertThat(finding.is(result)).isTrue();
    assertThat(finding.verdict().wouldPass()).isEqualTo(range);
  }

  @Test
  void bothDatabasesBindParameters() {
    Map<String, String> five = Map.of("n", "5");
    Check.Query clickHouseQuery =
        new Check.Query(
            "a", DatabaseKind.CLICKHOUSE, "SELECT {n:UInt8} + 1", five, equal("6"), true);
    Check.Query postgresQuery =
        new Check.Query(
            "b", DatabaseKind.POSTGRESQL, "SELECT {n:int} + 1", five, equal("6"), false);

    assertThat(runner.make(Stage.CHECKS, checks(clickHouseQuery, postgresQuery)))
        .hasSize(2)
        .allMatch(f -> f.is(Result.PASSED));
  }

  private Finding requirement(DatabaseKind database, String sql) {
    Map<String, String> parameters = sql.contains("{n") ? Map.of("n", "5") : Map.of();
    Checks checks =
        new Checks(
            Optional.empty(),
            Optional.of(new Checks.Requirement(database, sql, parameters)),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    return runner.make(Stage.REQUIREMENT, checks).get(0);
  }

  private Finding check(DatabaseKind database, String sql, String equal) {
    Check.Query query = new Check.Query("c", database, sql, Map.of(), equal(equal), false);
    return runner.make(Stage.CHECKS, checks(query)).get(0);
  }

  private static Checks checks(Check... prechecks) {
    return new Checks(
        Optional.empty(), Optional.empty(), List.of(), List.of(), List.of(prechecks), List.of());
  }

  private static Expectation equal(String value) {
    return new Expectation(Optional.of(value), OptionalLong.empty(), OptionalLong.empty());
  }
}
