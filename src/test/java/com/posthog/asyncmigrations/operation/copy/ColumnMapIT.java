package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The sums by which a chunk is verified see what sums that look alike do not. */
@ExtendWith(SharedClickHouse.class)
class ColumnMapIT {
  private final TestDatabase database;
  private final ClickHouseCluster cluster;
  private final CopyNode node;

  ColumnMapIT(TestDatabase database) {
    this.database = database;
    cluster = Clusters.of(database);
    node =
        new CopyNode(
            cluster,
            cluster.nodes().get(0).ref(),
            "0001_columns",
            "e",
            new CopyControl(),
            Clock.systemUTC());
  }

  @BeforeEach
  void tables() {
    for (String table : new String[] {"t", "n"}) {
      database.run("DROP TABLE IF EXISTS " + table + " SYNC");
      database.run(
          "CREATE TABLE %s (k UInt64, a Nullable(String), b Nullable(Int64)) ENGINE MergeTree ORDER BY k"
              .formatted(table));
    }
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void aValueThatChangesBesideANullIsSeen() {
    database.run("INSERT INTO t VALUES (1, 'x', 1), (2, NULL, 2)");
    database.run("INSERT INTO n VALUES (1, 'x', 1), (2, NULL, 3)");

    assertThat(sum("t", "sum(cityHash64(*))")).isEqualTo(sum("n", "sum(cityHash64(*))"));
    assertThat(agree()).isFalse();
  }

  @Test
  void aNullIsToldFromAnEmptyValue() {
    database.run("INSERT INTO t VALUES (1, NULL, 0)");
    database.run("INSERT INTO n VALUES (1, '', 0)");

    assertThat(agree()).isFalse();
  }

  @Test
  void twoEqualRowsInThePlaceOfTwoOtherEqualOnesAreSeen() {
    database.run("INSERT INTO t VALUES (1, 'a', 0), (1, 'a', 0), (3, 'c', 0)");
    database.run("INSERT INTO n VALUES (2, 'b', 0), (2, 'b', 0), (3, 'c', 0)");

    assertThat(sum("t", "groupBitXor(cityHash64(*))"))
        .isEqualTo(sum("n", "groupBitXor(cityHash64(*))"));
    assertThat(agree()).isFalse();
  }

  @Test
  void theSameRowsInAnyOrderAndAnyPartsAgree() {
    database.run("INSERT INTO t VALUES (1, 'a', 0), (1, 'a', 0), (3, NULL, NULL)");
    database.run("INSERT INTO n VALUES (3, NULL, NULL)");
    database.run("INSERT INTO n VALUES (1, 'a', 0), (1, 'a', 0)");

    assertThat(agree()).isTrue();
  }

  private boolean agree() {
    CopiedTable source = CopiedTable.read(node, new TableName(database.name(), "t"));
    CopiedTable target = CopiedTable.read(node, new TableName(database.name(), "n"));
    ColumnMap columns = ColumnMap.of(node, Mover.live("t", "n", 1), source, target);
    return sum("t", columns.sourceSums()).equals(sum("n", columns.targetSums()));
  }

  private String sum(String table, String of) {
    return database.run("SELECT %s FROM %s".formatted(of, table));
  }
}
