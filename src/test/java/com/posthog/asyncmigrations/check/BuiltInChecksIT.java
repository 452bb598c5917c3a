package com.posthog.asyncmigrations.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.check.Check;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import com.posthog.asyncmigrations.core.check.Judge;
import com.posthog.asyncmigrations.core.check.Measured;
import com.posthog.asyncmigrations.core.check.Verdict;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the built-in checks measure on a real server, and so what it comes to. */
@ExtendWith(SharedClickHouse.class)
class BuiltInChecksIT {
  private static final Judge JUDGE = new Judge(Kind.PRECHECK);

  private final TestDatabase database;
  private final ClickHouseCluster cluster;
  private final ClickHouseProbes probes;

  BuiltInChecksIT(TestDatabase database) {
    this.database = database;
    cluster = Clusters.of(database);
    probes = new ClickHouseProbes(cluster);
  }

  @AfterEach
  void stop() {
    cluster.close();
    for (String table : database.run("SHOW TABLES").lines().toList()) {
      database.run("DROP TABLE " + table);
    }
  }

  @Test
  void spaceOfATableCountsItsActiveParts() {
    database.run("CREATE TABLE events (n UInt64, s String) ENGINE MergeTree ORDER BY n");
    database.run("INSERT INTO events SELECT number, randomString(100) FROM numbers(20000)");
    long before = activeBytes();
    database.run("SYSTEM STOP MERGES events");
    database.run("INSERT INTO events SELECT number, randomString(100) FROM numbers(20000)");
    database.run("SYSTEM START MERGES events");
    database.run("OPTIMIZE TABLE events FINAL"); // the old parts are there, and not active

    Measured.Space space = only(probes.spaces(Optional.of("events")));

    assertThat(space.table().orElseThrow()).isEqualTo((double) activeBytes());
    assertThat(space.table().orElseThrow()).isGreaterThan(1.5 * before).isLessThan(2.5 * before);
    assertThat(space.disks()).isEqualTo("default");
    assertThat(space.free()).isPositive();
    assertThat(JUDGE.of(space(Optional.of("events"), 1.5), List.of(space)).result())
        .isEqualTo(Result.PASSED);
    assertThat(JUDGE.of(space(Optional.of("events"), 1e9), List.of(space)).result())
        .isEqualTo(Result.FAILED);
  }

  @Test
  void aTableMayNameItsDatabase() {
    database.run("CREATE TABLE events (n UInt64) ENGINE MergeTree ORDER BY n");

    assertThat(only(probes.spaces(Optional.of(database.name() + ".events"))).table()).contains(0.0);
    assertThat(only(probes.spaces(Optional.of("system.events"))).table()).isEmpty();
  }

  @Test
  void aTableThatIsNotThereOrKeepsNothingIsSaid() {
    database.run("CREATE VIEW looks AS SELECT 1");

    for (String table : List.of("nowhere", "looks")) {
      List<Measured.Space> spaces = probes.spaces(Optional.of(table));
      assertThat(JUDGE.of(space(Optional.of(table), 2), spaces).found())
          .startsWith("no table " + table + " on 127.0.0.1:");
    }
  }

  @Test
  void spaceOfEachLocalDisk() {
    Check.DiskSpace megabytes =
        new Check.DiskSpace(
            "d", Optional.empty(), OptionalDouble.empty(), OptionalLong.of(100_000_000));

    List<Measured.Space> spaces = probes.spaces(Optional.empty());

    assertThat(spaces).extracting(Measured.Space::disks).contains("default");
    assertThat(JUDGE.of(megabytes, spaces).result()).isEqualTo(Result.PASSED);
  }

  @Test
  void mutationsThatAreUnfinishedOrFail() {
    database.run("CREATE TABLE events (n UInt64, s String) ENGINE MergeTree ORDER BY n");
    database.run("INSERT INTO events VALUES (1, 'no number')");
    Check.PendingMutations any = new Check.PendingMutations("m", Optional.empty());
    assertThat(JUDGE.of(any, probes.unfinishedMutations(any.table())).result())
        .isEqualTo(Result.PASSED);

    database.run(
        "ALTER TABLE events UPDATE s = toString(toUInt8(s)) WHERE 1 SETTINGS mutations_sync = 0");

    await()
        .untilAsserted(
            () -> {
              Verdict verdict = JUDGE.of(any, probes.unfinishedMutations(any.table()));
              assertThat(verdict.result()).isEqualTo(Result.FAILED);
              assertThat(verdict.found())
                  .startsWith("mutation mutation_2.txt of events on 127.0.0.1:")
                  .contains("failing (Code: ");
            });
    assertThat(probes.unfinishedMutations(Optional.of("another"))).isEmpty();

    database.run("KILL MUTATION WHERE database = '%s'".formatted(database.name()));
    await().until(() -> probes.unfinishedMutations(Optional.empty()).isEmpty());
  }

  @Test
  void aReplicatedTableThatCannotBeWritten() {
    // ClickHouse attaches a table without its Keeper, read-only; it would not create one
    database.run(
        """
        ATTACH TABLE replicated UUID '%s' (n UInt64)
        ENGINE ReplicatedMergeTree('/clickhouse/tables/replicated', 'r1') ORDER BY n
        """
            .formatted(UUID.randomUUID()));
    Check.ReplicaLag lag = new Check.ReplicaLag("r", Optional.empty(), Duration.ofSeconds(30));

    Verdict verdict = JUDGE.of(lag, probes.replicas(lag.table()));

    assertThat(verdict.result()).isEqualTo(Result.FAILED);
    assertThat(verdict.found()).startsWith("replicated on 127.0.0.1:").endsWith(" is read-only");
    assertThat(probes.replicas(Optional.of("another"))).isEmpty();
    database.run("DETACH TABLE replicated"); // to drop it, ClickHouse would wait for the Keeper
  }

  @Test
  void withoutReplicatedTablesNoneIsBehind() {
    Check.ReplicaLag lag = new Check.ReplicaLag("r", Optional.empty(), Duration.ofSeconds(30));

    assertThat(JUDGE.of(lag, probes.replicas(lag.table())).result()).isEqualTo(Result.PASSED);
  }

  @Test
  void partsOfTheFullestPartition() {
    database.run("CREATE TABLE events (n UInt64) ENGINE MergeTree ORDER BY n PARTITION BY n % 2");
    database.run("SYSTEM STOP MERGES events");
    for (int i = 0; i < 4; i++) {
      database.run("INSERT INTO events VALUES (1)");
    }
    database.run("INSERT INTO events VALUES (2)");

    Measured.Backlog backlog = only(probes.backlogs(Optional.empty()));

    assertThat(backlog.parts()).isEqualTo(4);
    assertThat(backlog.fullest()).isEqualTo("partition 1 of events");
    assertThat(backlog.merges()).isZero();
    Measured.Backlog none = only(probes.backlogs(Optional.of("another")));
    assertThat(none.parts()).isZero();
    assertThat(none.fullest()).isEmpty();
  }

  @Test
  void mergesThatRun() {
    database.run("CREATE TABLE events (n UInt64, v UInt64) ENGINE MergeTree ORDER BY n");
    database.run("INSERT INTO events SELECT number, 0 FROM numbers(2500)");
    // the mutation of a part is a merge; this one takes two and a half seconds
    database.run(
        "ALTER TABLE events UPDATE v = 1 WHERE sleepEachRow(0.001) = 0 SETTINGS mutations_sync = 0");

    await()
        .pollInterval(Duration.ofMillis(50))
        .until(() -> only(probes.backlogs(Optional.of("events"))).merges() == 1);
    assertThat(only(probes.backlogs(Optional.of("another"))).merges()).isZero();
  }

  private long activeBytes() {
    return Long.parseLong(
        database.run(
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'events' AND database = '%s'"
                .formatted(database.name())));
  }

  private static Check.DiskSpace space(Optional<String> table, double ratio) {
    return new Check.DiskSpace("d", table, OptionalDouble.of(ratio), OptionalLong.empty());
  }

  private static <T> T only(List<T> list) {
    assertThat(list).hasSize(1);
    return list.get(0);
  }
}
