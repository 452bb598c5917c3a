package com.posthog.asyncmigrations.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.TwoShards;
import com.posthog.asyncmigrations.core.check.Check;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import com.posthog.asyncmigrations.core.check.Gate.Stage;
import com.posthog.asyncmigrations.core.check.VersionRange;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.Step.DatabaseKind;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two shards, of which only the second is not as it must be. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(SharedPostgres.class)
class EveryNodeIT {
  private final TwoShards shards = new TwoShards();
  private ClickHouseCluster cluster;
  private CheckRunner runner;

  @BeforeAll
  void start() {
    shards.start();
    List<TestDatabase> nodes = shards.databases("default");
    cluster = shards.cluster("default");
    nodes.forEach(
        node -> node.run("CREATE TABLE events (n UInt64, s String) ENGINE MergeTree ORDER BY n"));
    nodes.get(1).run("SYSTEM STOP MERGES events");
    nodes.get(1).run("INSERT INTO events SELECT number, randomString(1000) FROM numbers(10000)");
    nodes.get(1).run("ALTER TABLE events UPDATE s = '' WHERE 1 SETTINGS mutations_sync = 0");
    nodes.get(0).run("CREATE TABLE only_here (n UInt64) ENGINE MergeTree ORDER BY n");
  }

  @BeforeEach
  void connect(SharedPostgres.Fresh postgres) {
    runner = new CheckRunner(cluster, postgres.open(), Clock.systemUTC());
  }

  @AfterAll
  void stop() {
    shards.close();
  }

  @Test
  void aQueryAsksOneNodeOrEach() {
    assertThat(make(query(false)).is(Result.PASSED)).isTrue();
    assertThat(make(query(true)).is(Result.FAILED)).isTrue();
    assertThat(make(query(true)).verdict().found()).startsWith("'10000' on 127.0.0.2:");
  }

  @Test
  void theSizeOfTheTableIsThatOfEachNode() {
    Finding finding =
        make(
            new Check.DiskSpace(
                "c", Optional.of("events"), OptionalDouble.of(1000_000), OptionalLong.empty()));

    assertThat(finding.is(Result.FAILED)).isTrue();
    assertThat(finding.verdict().found()).contains(" of 127.0.0.2:", "where the table has ");
  }

  @Test
  void aTableMustBeOnEachNode() {
    Finding finding =
        make(
            new Check.DiskSpace(
                "c", Optional.of("only_here"), OptionalDouble.of(1), OptionalLong.empty()));

    assertThat(finding.verdict().found()).startsWith("no table only_here on 127.0.0.2:");
  }

  @Test
  void aMutationOfAnyNodeCounts() {
    assertThat(make(new Check.PendingMutations("c", Optional.empty())).verdict().found())
        .contains("of events on 127.0.0.2:", " unfinished");
  }

  @Test
  void theVersionOfEachNodeIsAsked() {
    Checks checks =
        new Checks(
            Optional.empty(),
            Optional.empty(),
            List.of(new Checks.ServiceVersion(DatabaseKind.CLICKHOUSE, VersionRange.parse(">=20"))),
            List.of(),
            List.of(),
            List.of());

    assertThat(runner.make(Stage.SERVICES, checks).get(0).is(Result.PASSED)).isTrue();
  }

  private static Check.Query query(boolean everyNode) {
    return new Check.Query(
        "c",
        DatabaseKind.CLICKHOUSE,
        "SELECT count() FROM events",
        Map.of(),
        new Expectation(Optional.of("0"), OptionalLong.empty(), OptionalLong.empty()),
        everyNode);
  }

  private Finding make(Check check) {
    Checks checks =
        new Checks(
            Optional.empty(), Optional.empty(), List.of(), List.of(), List.of(check), List.of());
    return runner.make(Stage.CHECKS, checks).get(0);
  }
}
