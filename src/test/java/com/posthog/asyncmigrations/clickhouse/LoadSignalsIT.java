package com.posthog.asyncmigrations.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Load;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each signal that one server can be made to give; others use the same server meanwhile. */
@ExtendWith(SharedClickHouse.class)
class LoadSignalsIT {
  private final TestDatabase database;
  private final ClickHouseCluster cluster;
  private final LoadSignals signals;
  private final String address;
  private final String ours = "ours-" + UUID.randomUUID();

  LoadSignalsIT(TestDatabase database) {
    this.database = database;
    cluster = Clusters.of(database);
    signals = new LoadSignals(cluster);
    address = cluster.nodes().get(0).address().text();
  }

  @BeforeEach
  void prepare() {
    database.run("CREATE TABLE s (n UInt64) ENGINE = MergeTree PARTITION BY n % 2 ORDER BY n");
    database.run(
        """
        CREATE TABLE t (n UInt64) ENGINE = MergeTree PARTITION BY n % 2 ORDER BY n
        SETTINGS parts_to_delay_insert = 3, parts_to_throw_insert = 5,
          min_delay_to_insert_ms = 1, max_delay_to_insert = 1
        """);
    database.run("SYSTEM STOP MERGES t");
  }

  @AfterEach
  void stop() {
    for (String table : new String[] {"s", "t", "m"}) {
      database.run("DROP TABLE IF EXISTS " + table + " SYNC");
    }
    cluster.close();
  }

  @Test
  void partsOfTheFullestPartitionAgainstTheTablesOwnLimits() {
    assertThat(read().tables())
        .containsExactly(
            new Load.TableLoad(name("s"), "", 0, 1_000, 3_000, 0, false),
            new Load.TableLoad(name("t"), "", 0, 3, 5, 0, false));

    database.run("INSERT INTO t VALUES (0)");
    database.run("INSERT INTO t VALUES (1)");
    database.run("INSERT INTO t VALUES (3)");

    assertThat(read().tables().get(1))
        .isEqualTo(new Load.TableLoad(name("t"), "1", 2, 3, 5, 0, false));
  }

  @Test
  void delayedAndRejectedInsertsSinceTheLastLook() {
    assertThat(read().delayedInserts()).as("nothing to compare with").isZero();
    for (int i = 0; i < 5; i++) {
      database.run("INSERT INTO t VALUES (1)");
    }
    assertThatThrownBy(() -> database.run("INSERT INTO t VALUES (1)"))
        .hasMessageContaining("TOO_MANY_PARTS");

    Load load = read();

    assertThat(load.delayedInserts()).isPositive();
    assertThat(load.rejectedInserts()).isPositive();
  }

  @Test
  void memoryInUse() {
    Load before = read();
    assertThat(before.memoryLimit()).isGreaterThan(before.memory());

    database.run(
        "CREATE TABLE m ENGINE = Memory AS SELECT randomString(1000) FROM numbers(200000)");

    assertThat(read().memory()).isGreaterThan(before.memory() + 100_000_000);
  }

  @Test
  void spaceOfThePolicyThatIsWrittenTo() {
    Load.Space space = read().space();

    assertThat(space.policy()).isEqualTo("default");
    assertThat(space.free()).isPositive().isLessThan(space.total());
    assertThat(space.total())
        .isEqualTo(
            Double.parseDouble(
                database.run(
                    "SELECT toFloat64(total_space) FROM system.disks WHERE name = 'default'")));
  }

  @Test
  void queriesOfOthersButNotOurs() {
    Thread our = query(ours + "-1");
    await().atMost(soon()).until(() -> runsForAWhile(ours + "-1"));
    await().atMost(soon()).until(() -> read().otherQueries() == read("nobody").otherQueries() - 1);

    Thread other = query("other-" + ours);
    await().atMost(soon()).until(() -> runsForAWhile("other-" + ours));
    assertThat(read().otherQueries()).isPositive();
    await().atMost(soon()).until(() -> read("other").otherQueries() == read().otherQueries());

    database.run(
        "KILL QUERY WHERE endsWith(query_id, '" + ours + "') OR query_id = '" + ours + "-1'");
    await().atMost(soon()).until(() -> !our.isAlive() && !other.isAlive());
  }

  @Test
  void aTableThatIsNotThereCannotBeRead() {
    database.run("DROP TABLE t SYNC");

    assertThatThrownBy(this::read)
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().message()).contains("1 of the two tables", name("t")));
  }

  @Test
  void aServerThatIsAwayCannotBeRead() {
    assertThatThrownBy(
            () ->
                new LoadSignals(cluster)
                    .read("127.0.0.1:1", new LoadSignals.Work(table("s"), table("t"), ours)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().reason()).isEqualTo(Reason.DatabaseUnreachable));
  }

  private Load read() {
    return read(ours);
  }

  private Load read(String ourQueries) {
    return signals.read(address, new LoadSignals.Work(table("s"), table("t"), ourQueries));
  }

  private TableName table(String name) {
    return new TableName(database.name(), name);
  }

  private String name(String table) {
    return database.name() + "." + table;
  }

  private Thread query(String id) {
    Thread thread =
        new Thread(
            () -> {
              try {
                cluster.run(
                    address,
                    "SELECT sleepEachRow(1) FROM numbers(120)",
                    id,
                    Map.of("max_block_size", "1", "function_sleep_max_microseconds_per_block", "0"),
                    Map.of());
              } catch (AnswerLost | ProblemException killed) {
                return;
              }
            });
    thread.start();
    return thread;
  }

  private boolean runsForAWhile(String id) {
    return database
        .run("SELECT count() FROM system.processes WHERE elapsed > 1.1 AND query_id = '" + id + "'")
        .equals("1");
  }

  private static Duration soon() {
    return Duration.ofSeconds(60);
  }
}
