package com.posthog.asyncmigrations.operation.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.TwoShards;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlanCompiler;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.plan.Undo;
import com.posthog.asyncmigrations.core.preflight.DiskNeed;
import com.posthog.asyncmigrations.core.preflight.Movement;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook.ChunkOutlook;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.postgres.PlanReports;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Schema;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two shards of different size: all of it is told, and what only one of them lacks. */
@ExtendWith(SharedPostgres.class)
class PreflightOfShardsIT {
  private final PostgresDatabase postgres;
  private final TwoShards shards = new TwoShards();
  private List<TestDatabase> nodes;
  private ClickHouseCluster cluster;

  PreflightOfShardsIT(SharedPostgres.Fresh fresh) {
    postgres = fresh.open();
    new Schema(postgres).upgrade();
  }

  @BeforeEach
  void start() {
    shards.start();
    shards.databases("default").forEach(node -> node.run("CREATE DATABASE events"));
    nodes = shards.databases("events");
    cluster = shards.cluster("events");
    for (int i = 0; i < nodes.size(); i++) {
      nodes.get(i).run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
      nodes.get(i).run("INSERT INTO t SELECT number FROM numbers(%d)".formatted(10_000 * (i + 1)));
      nodes.get(i).run("CREATE TABLE n (k UInt64) ENGINE MergeTree ORDER BY (k, k % 7)");
    }
  }

  @AfterEach
  void stop() {
    shards.close();
  }

  @Test
  void ofBothAndOfTheOneThatLacksATable() {
    PlanReport report = look();

    assertThat(report.problems()).isEmpty();
    Movement moves = report.operations().get(0).moves().orElseThrow();
    assertThat(moves.rows()).isEqualTo(30_000);
    assertThat(moves.partitions()).isEqualTo(2);
    assertThat(moves.disks()).extracting(DiskNeed::node).doesNotHaveDuplicates().hasSize(2);
    assertThat(moves.disks().get(0).needed()).isLessThan(moves.disks().get(1).needed());
    assertThat(report.operations().get(0).chunks())
        .extracting(ChunkOutlook::shard)
        .contains("s1r1", "s2r1");

    nodes.get(1).run("INSERT INTO n VALUES (1)");
    assertThat(look().problems())
        .singleElement()
        .satisfies(p -> assertThat(p.message()).contains("must be empty"));

    nodes.get(1).run("DROP TABLE n SYNC");
    assertThat(look().problems())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.reason()).isEqualTo(Reason.InvalidPlan);
              assertThat(p.message()).contains("there is no table events.n on 127.0.0.2");
            });

    nodes.get(1).server().kill();
    assertThat(look().problems())
        .isNotEmpty()
        .allMatch(p -> p.reason() == Reason.DatabaseUnreachable);
  }

  private PlanReport look() {
    TableCopy copy = new TableCopy("t", "n", Map.of(), List.of(), true, 1_000_000, Map.of());
    PlanCompiler.Draft draft =
        new PlanCompiler.Draft(
            "fill",
            Kind.COPY_TABLE,
            List.of(new CopyTable(copy, false)),
            new Undo.NotNeeded(),
            Duration.ofHours(1),
            1,
            Optional.empty());
    Plan plan =
        PlanCompiler.compile("0001_t", List.of(), List.of(draft), List.of()).asPlan().orElseThrow();
    return new Preflight(cluster, postgres, new PlanReports(postgres), Clock.systemUTC())
        .make(plan);
  }
}
