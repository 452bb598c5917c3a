package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is verified goes into the target once, whatever was there and however often it is tried. */
@ExtendWith(SharedClickHouse.class)
class PublisherIT {
  private final TestDatabase database;
  private final ClickHouseCluster cluster;
  private final CopyNode node;
  private Scratches scratches;
  private Publisher publisher;

  PublisherIT(TestDatabase database) {
    this.database = database;
    cluster = Clusters.of(database);
    node =
        new CopyNode(
            cluster,
            cluster.nodes().get(0).ref(),
            "0001_publisher-" + System.nanoTime(),
            "e",
            new CopyControl(),
            Clock.systemUTC());
  }

  @BeforeEach
  void tables() throws Exception {
    database.dropTables();
    target("MergeTree");
  }

  private void target(String engine) throws Exception {
    database.run("DROP TABLE IF EXISTS n SYNC");
    database.run(
        "CREATE TABLE n (k UInt64) ENGINE %s PARTITION BY k %% 2 ORDER BY k".formatted(engine));
    TableName target = new TableName(database.name(), "n");
    CopiedTable table = CopiedTable.read(node, target);
    scratches = new Scratches(node, table, "n__am_", "test");
    publisher = new Publisher(node, table, scratches, new CopyControl());
    new Merges(node, target).off();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MergeTree", "ReplacingMergeTree"})
  void aScratchThatHasLostItsRowsDoesNotWipeThePartitionThatHasThem(String engine)
      throws Exception {
    target(engine);
    Chunk.Copied copied = scratch(0, 100);
    publisher.replace(List.of(copied));
    database.run("TRUNCATE TABLE " + copied.scratch());

    assertThatThrownBy(() -> publisher.replace(List.of(copied)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.problem().reason()).isEqualTo(Reason.VerificationFailed);
              assertThat(e.problem().message()).contains("has 0 rows where 100 were copied");
            });

    assertThat(rows()).isEqualTo("100\t100");
  }

  /** Nor does one of several, of which the others still have theirs. */
  @Test
  void aPartitionIsNotReplacedBySomeOfItsChunks() throws Exception {
    Chunk.Copied one = scratch(0, 100);
    Chunk.Copied other = scratch(100, 100);
    publisher.replace(List.of(one, other));
    database.run("TRUNCATE TABLE " + other.scratch());

    assertThatThrownBy(() -> publisher.replace(List.of(one, other)))
        .isInstanceOf(ProblemException.class);

    assertThat(rows()).isEqualTo("200\t200");
  }

  @Test
  void whatIsReplacedTwiceIsThereOnce() throws Exception {
    List<Chunk.Copied> both = List.of(scratch(0, 100), scratch(100, 100));

    publisher.replace(both);
    publisher.replace(both);

    assertThat(rows()).isEqualTo("200\t200");
  }

  @Test
  void whatHasBeenAddedIsRecognisedWithoutItsScratch() throws Exception {
    Chunk.Copied late = scratch(0, 100).adding(List.of());
    publisher.add(late.scratch());
    scratches.drop(late.scratch());

    assertThat(publisher.hasArrived(late)).isTrue();
    assertThat(rows()).isEqualTo("100\t100");
  }

  @Test
  void whatHasBeenAddedByHalfIsRemoved() throws Exception {
    Chunk.Copied late = scratch(0, 100).adding(List.of());
    database.run("ALTER TABLE n ATTACH PARTITION ID '1' FROM " + late.scratch());

    assertThat(publisher.hasArrived(late)).isFalse();
    assertThat(rows()).isEqualTo("0\t0");
  }

  /** Clients may insert the same rows twice, and both must be there. */
  @Test
  void equalRowsThatTheTargetHadBeforeAreNotTakenForTheChunk() throws Exception {
    publisher.add(scratch(0, 100).scratch());
    Chunk.Copied equal = scratch(0, 100);
    equal = publisher.adding(List.of(equal)).get(0);

    assertThat(publisher.hasArrived(equal)).isFalse();
    publisher.add(equal.scratch());
    assertThat(publisher.hasArrived(equal)).isTrue();
    assertThat(rows()).isEqualTo("200\t100");
  }

  /** A verified chunk of these rows, one part for each partition. */
  private Chunk.Copied scratch(int from, int rows) throws Exception {
    String scratch = scratches.create();
    node.run(
        "INSERT INTO %s SELECT number FROM numbers(%d, %d)"
            .formatted(scratches.named(scratch).sql(), from, rows),
        Map.of());
    Parts parts = Parts.of(node, scratches.named(scratch));
    return new Chunk.Copied(scratch, rows, parts.bytes(), parts.hashes(), Optional.empty());
  }

  private String rows() {
    return database.run("SELECT count(), uniqExact(k) FROM n");
  }
}
