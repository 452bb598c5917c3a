package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.OnEveryPart;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.postgres.CopyLedger;
import java.time.Clock;

/** What copies tables of a cluster, and exchanges them with their copies, on every shard. */
public final class TableMoves {
  private final ClickHouseCluster cluster;
  private final CopyLedger ledger;
  private final CopyControls controls;
  private final Flights flights;
  private final Recognition recognition;
  private final CopyTables copies;
  private final Clock clock;

  /** On this cluster, for one migration; what is copied is remembered in this ledger. */
  public TableMoves(
      ClickHouseCluster cluster,
      MigrationKey migration,
      CopyLedger ledger,
      CopyControls controls,
      Flights flights,
      Recognition recognition,
      Clock clock) {
    this.cluster = cluster;
    this.ledger = ledger;
    this.controls = controls;
    this.flights = flights;
    this.recognition = recognition;
    this.clock = clock;
    copies = new CopyTables(cluster, ledger, () -> controls.limits(migration), clock);
  }

  /** Copies, and removes what was copied. */
  public StepRunner<CopyTable> copies() {
    return onEveryShard(copies);
  }

  /** Exchanges, and exchanges back. */
  public StepRunner<ExchangeTables> exchanges() {
    return onEveryShard(new Exchanges(cluster, ledger, copies, clock));
  }

  private <S extends Step> StepRunner<S> onEveryShard(LongWork<S> work) {
    return new OnEveryPart<>(new LongSteps<>(work, cluster, controls, flights, recognition));
  }
}
