package com.posthog.asyncmigrations.operation.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Intents;
import com.posthog.asyncmigrations.operation.Recognition;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SharedClickHouse.class)
class TableComparisonIT {
  private final TestDatabase database;
  private final CuttingProxy proxy;
  private final ClickHouseCluster cluster;
  private final Flights flights = new Flights(4, Clock.systemUTC());
  private final TableComparison comparison;

  TableComparisonIT(TestDatabase database) {
    this.database = database;
    proxy = new CuttingProxy(database.server().host(), database.server().httpPort());
    cluster = Clusters.through(proxy.port(), database);
    comparison = comparison(flights);
  }

  @AfterEach
  void stop() {
    flights.close();
    cluster.close();
    proxy.close();
  }

  @Test
  void theSameRowsInAnotherOrderAreEqual() {
    table("a", "n UInt64, s Nullable(String), m Map(String, UInt8)");
    table("b", "s Nullable(String), m Map(String, UInt8), n UInt64");
    database.run(
        "INSERT INTO a SELECT number, if(number % 3 = 0, NULL, 'x'), map('k', 1) FROM numbers(1000)");
    database.run("INSERT INTO b (n, s, m) SELECT n, s, m FROM a ORDER BY n DESC");

    assertThat(compare("a", "b")).isEqualTo(new EffectView.Finished(1000));
    assertThat(compare(database.name() + ".a", "`" + database.name() + "`.`b`"))
        .isEqualTo(new EffectView.Finished(1000));
  }

  /** A projection still has them (ClickHouse 26.7). */
  @Test
  void rowsThatWereDeletedLightlyAreNotCompared() {
    table("a", "n UInt64, s UInt8 DEFAULT n % 10, PROJECTION p (SELECT * ORDER BY s)");
    table("b", "n UInt64, s UInt8 DEFAULT n % 10");
    database.run("ALTER TABLE a MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild'");
    database.run("INSERT INTO a (n) SELECT number FROM numbers(100000)");
    database.run("DELETE FROM a WHERE n % 4 != 0");
    database.run("INSERT INTO b (n) SELECT number * 4 FROM numbers(25000)");
    assertThat(database.run("SELECT count() FROM a WHERE s = 8")).isEqualTo("10000");

    assertThat(compare(new Step.CompareTables("a", "b", List.of(), Optional.of("s = 8"), Map.of())))
        .isEqualTo(new EffectView.Finished(5_000));
  }

  @Test
  void aMissingRowIsNamedByBothCounts() {
    twoTables("n UInt64", "SELECT number FROM numbers(10)", "SELECT number FROM numbers(9)");

    assertDiffers(compare("a", "b"), ".a has 10 rows, and ", ".b has 9");
  }

  @Test
  void otherContentsAreToldFromOtherCounts() {
    twoTables(
        "n UInt64, s String",
        "SELECT number, 'x' FROM numbers(10)",
        "SELECT number, if(number = 5, 'y', 'x') FROM numbers(10)");

    assertDiffers(compare("a", "b"), "10 rows each", "contents differ");
  }

  @Test
  void valuesThatChangedPlacesDiffer() {
    twoTables(
        "n UInt64, s String",
        "SELECT 1, 'x' UNION ALL SELECT 2, 'y'",
        "SELECT 1, 'y' UNION ALL SELECT 2, 'x'");

    assertDiffers(compare("a", "b"), "contents differ");
  }

  @Test
  void onlyTheNamedColumnsAndRowsCount() {
    twoTables(
        "n UInt64, s String",
        "SELECT number, 'x' FROM numbers(10)",
        "SELECT number, 'y' FROM numbers(20)");

    assertThat(
            compare(
                new Step.CompareTables(
                    "a", "b", List.of("n"), Optional.of("n < {most:UInt64}"), Map.of("most", "7"))))
        .isEqualTo(new EffectView.Finished(7));
    assertDiffers(compare("a", "b"), "20");
  }

  @Test
  void bothSidesAreReadInTheTargetsTypes() {
    table(
        "a",
        "n UInt64, s String, d Nullable(DateTime), e String, v SimpleAggregateFunction(sum, UInt64)");
    table(
        "b",
        "n Int32, s LowCardinality(String), d DateTime64(3), e Enum8('it''s' = 1, 'b' = 2), v UInt64");
    database.run(
        "INSERT INTO a SELECT number, 'x', now(), if(number % 2, 'b', 'it''s'), number FROM numbers(100)");
    database.run("INSERT INTO b SELECT * FROM a");

    assertThat(compare("a", "b")).isEqualTo(new EffectView.Finished(100));

    database.run("ALTER TABLE b UPDATE v = 1000 WHERE n = 50 SETTINGS mutations_sync = 1");
    assertDiffers(compare("a", "b"), "contents differ");
  }

  @Test
  void whatDoesNotFitTheTargetsTypeIsNotEqual() {
    table("a", "n UInt64");
    table("b", "n UInt8");
    database.run("INSERT INTO a VALUES (300)");
    database.run("INSERT INTO b VALUES (44)");

    assertThat(compare("a", "b")).isInstanceOf(EffectView.Failed.class);
  }

  @ParameterizedTest
  @CsvSource({
    "uniq,UInt64",
    "uniqExact,UInt64",
    "uniqCombined,UInt64",
    "sum,UInt64",
    "argMax,'UInt64, UInt64'",
    "quantiles(0.5),UInt64",
    "groupUniqArray,UInt64",
    "topK(10),UInt64"
  })
  void statesAreComparedByTheirResults(String function, String arguments) {
    String columns = "k UInt8, s AggregateFunction(%s, %s)".formatted(function, arguments);
    String name = function.replaceAll("\\(.*", "") + "State" + function.replaceAll("^[^(]*", "");
    String values =
        arguments.contains(",") ? "toUInt64(number % 7), number" : "toUInt64(number % 7)";
    database.run(
        "CREATE OR REPLACE TABLE a (%s) ENGINE = AggregatingMergeTree ORDER BY k"
            .formatted(columns));
    table("b", columns);
    for (int part = 0; part < 3; part++) {
      database.run(
          "INSERT INTO a SELECT 1, %s(%s) FROM numbers(%d, 100)"
              .formatted(name, values, part * 100));
    }
    database.run("OPTIMIZE TABLE a FINAL");
    database.run(
        "INSERT INTO b SELECT 1, %s(%s) FROM (SELECT * FROM numbers(300) ORDER BY number DESC)"
            .formatted(name, values));

    assertThat(compare("a", "b")).isInstanceOf(EffectView.Finished.class);

    database.run("TRUNCATE TABLE b");
    database.run(
        "INSERT INTO b SELECT k, %s(%s) FROM numbers(500, 2) GROUP BY 1 AS k"
            .formatted(name, values));
    assertDiffers(compare("a", "b"), "contents differ");
  }

  @Test
  void kindsWithoutACommonTypeAreComparedByTheirText() {
    table("a", "j JSON, m AggregateFunction(max, UInt8), u AggregateFunction(uniq, UInt64)");
    table("b", "j JSON(n UInt8), m AggregateFunction(max, UInt64), u UInt32");
    database.run(
        "INSERT INTO a SELECT '{\"n\": 7, \"s\": \"x\"}', maxState(toUInt8(number)),"
            + " uniqState(number) FROM numbers(10)");
    database.run(
        "INSERT INTO b SELECT '{\"s\": \"x\", \"n\": 7}', maxState(number), 10 FROM numbers(10)");

    assertThat(compare("a", "b")).isEqualTo(new EffectView.Finished(1));

    database.run("ALTER TABLE b UPDATE u = 11 WHERE 1 SETTINGS mutations_sync = 1");
    assertDiffers(compare("a", "b"), "contents differ");
  }

  @Test
  void statesInsideOtherTypesAreRefused() {
    table("a", "k UInt8, s Tuple(AggregateFunction(uniq, UInt64), UInt8)");
    database.run("CREATE OR REPLACE TABLE b AS a");

    assertDiffers(compare("a", "b"), "column s");
  }

  @Test
  void whatIsMissingIsNamed() {
    table("a", "n UInt64, s String");
    table("b", "n UInt64");

    assertDiffers(compare("a", "b"), ".b has no column s");
    assertDiffers(compare("a", "nothing"), "there is no table " + database.name() + ".nothing");
    assertDiffers(compare("nothing", "a"), "there is no table");
    assertDiffers(
        compare(new Step.CompareTables("a", "b", List.of("z"), Optional.empty(), Map.of())),
        ".a has no column z");
    assertDiffers(compare("a; DROP TABLE a", "b"), "is not the name of a table");
  }

  @Test
  void computedColumnsAreNotCompared() {
    table(
        "a",
        "n UInt64, twice UInt64 ALIAS n * 2, kept UInt64 MATERIALIZED n + 1, d UInt8 DEFAULT 3");
    table("b", "n UInt64, kept UInt64, d UInt8");
    database.run("INSERT INTO a (n) SELECT number FROM numbers(10)");
    database.run("INSERT INTO b SELECT n, kept, d FROM a");

    assertThat(compare("a", "b")).isEqualTo(new EffectView.Finished(10));
  }

  @Test
  void aComparisonIsOneQueryThatCanBeKilled() {
    table("a", "n UInt64");
    database.run("INSERT INTO a SELECT number FROM numbers(10)");
    Intent intent = Intents.of(cluster.nodes().get(0).ref());
    Step.CompareTables slow =
        new Step.CompareTables("a", "a", List.of(), Optional.of("sleepEachRow(0.3) = 0"), Map.of());
    comparison.submit(intent, slow, () -> {});
    await()
        .until(
            () ->
                database.run(
                    "SELECT count() FROM system.processes WHERE query_id = '"
                        + intent.effectId()
                        + "'"),
            "1"::equals);

    comparison.kill(intent, slow);

    await().until(() -> observe(intent, slow) instanceof EffectView.Failed);
    assertThat(((EffectView.Failed) observe(intent, slow)).problem().reason())
        .isEqualTo(Reason.StatementKilled);
  }

  @Test
  void aResultThatWasNotReceivedIsUnknown() {
    twoTables("n UInt64", "SELECT 1", "SELECT 1");
    Step.CompareTables step = step("a", "b");
    Intent intent = Intents.of(cluster.nodes().get(0).ref());
    proxy.dropAnswers(request -> request.contains("cityHash64"));
    comparison.submit(intent, step, () -> {});
    await()
        .until(
            () -> flights.stateOf(intent.effectId()).orElseThrow() instanceof Flights.State.Lost);

    assertThat(observe(intent, step)).isInstanceOf(EffectView.Unknown.class);
    try (Flights others = new Flights(1, Clock.systemUTC())) {
      assertThat(comparison(others).observe(intent, step, Intents.successorsLease()))
          .isInstanceOf(EffectView.Unknown.class);
    }
  }

  private TableComparison comparison(Flights through) {
    return new TableComparison(cluster, through, new Recognition(through, Clock.systemUTC()));
  }

  private void twoTables(String columns, String source, String target) {
    table("a", columns);
    table("b", columns);
    database.run("INSERT INTO a " + source);
    database.run("INSERT INTO b " + target);
  }

  private void table(String name, String columns) {
    database.run(
        "CREATE OR REPLACE TABLE %s (%s) ENGINE = MergeTree ORDER BY tuple()"
            .formatted(name, columns));
  }

  private static Step.CompareTables step(String source, String target) {
    return new Step.CompareTables(source, target, List.of(), Optional.empty(), Map.of());
  }

  private EffectView compare(String source, String target) {
    return compare(step(source, target));
  }

  private EffectView compare(Step.CompareTables step) {
    Intent intent = Intents.of(cluster.nodes().get(0).ref());
    comparison.submit(intent, step, () -> {});
    return await()
        .until(() -> observe(intent, step), view -> !(view instanceof EffectView.Running));
  }

  private EffectView observe(Intent intent, Step.CompareTables step) {
    return comparison.observe(intent, step, Intents.ownLease());
  }

  private static void assertDiffers(EffectView view, String... message) {
    assertThat(view)
        .isInstanceOfSatisfying(
            EffectView.Failed.class,
            failed -> {
              assertThat(failed.problem().reason()).isEqualTo(Reason.VerificationFailed);
              assertThat(failed.problem().message()).contains(message);
            });
  }
}
