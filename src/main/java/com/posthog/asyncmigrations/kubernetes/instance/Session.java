package com.posthog.asyncmigrations.kubernetes.instance;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.OnEveryPart;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.Steps;
import com.posthog.asyncmigrations.operation.batch.BatchUpdates;
import com.posthog.asyncmigrations.operation.batch.CopiesFromPostgres;
import com.posthog.asyncmigrations.operation.batch.MarkedSteps;
import com.posthog.asyncmigrations.operation.copy.CopyControls;
import com.posthog.asyncmigrations.operation.copy.TableMoves;
import com.posthog.asyncmigrations.operation.items.ClickHouseItems;
import com.posthog.asyncmigrations.operation.items.PostgresItems;
import com.posthog.asyncmigrations.operation.mutation.ClickHouseMutations;
import com.posthog.asyncmigrations.operation.preflight.Preflight;
import com.posthog.asyncmigrations.operation.sql.ClickHouseStatements;
import com.posthog.asyncmigrations.operation.sql.PostgresQuestion;
import com.posthog.asyncmigrations.operation.sql.PostgresStatements;
import com.posthog.asyncmigrations.operation.verify.ClickHouseExpectation;
import com.posthog.asyncmigrations.operation.verify.PostgresExpectation;
import com.posthog.asyncmigrations.operation.verify.TableComparison;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.CopyLedger;
import com.posthog.asyncmigrations.postgres.Items;
import com.posthog.asyncmigrations.postgres.Leases;
import com.posthog.asyncmigrations.postgres.Ledger;
import com.posthog.asyncmigrations.postgres.Marks;
import com.posthog.asyncmigrations.postgres.PlanReports;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.posthog.PostHogTables;
import java.time.Clock;

/**
 * The databases of one instance, connected with the credentials of its Secrets.
 *
 * @param clickHouse the ClickHouse cluster
 * @param postgres the PostgreSQL database, whose schema is up to date
 * @param leases the leases that this process holds there
 * @param ledger what is remembered there
 * @param items the lists that operations go through
 * @param backends the steps that run there
 * @param postHog PostHog's own tables there
 * @param copies the copies of tables that this process does
 * @param plans what dry runs have found
 */
public record Session(
    ClickHouseCluster clickHouse,
    PostgresDatabase postgres,
    Leases leases,
    Ledger ledger,
    Items items,
    Backends backends,
    PostHogTables postHog,
    CopyControls copies,
    PlanReports plans)
    implements AutoCloseable {

  /** What runs the steps of one migration here. */
  public Steps steps(
      MigrationKey key, Flights flights, Clock clock, Steps.OnKubernetes kubernetes) {
    Recognition recognition = new Recognition(flights, clock);
    PostgresQuestion question = new PostgresQuestion(postgres, backends, flights, recognition);
    MarkedSteps marked = new MarkedSteps(postgres, backends, flights, recognition, new Marks(key));
    TableMoves moves =
        new TableMoves(
            clickHouse, key, new CopyLedger(postgres, key), copies, flights, recognition, clock);
    return new Steps(
        new Steps.OnClickHouse(
            new OnEveryPart<>(new ClickHouseStatements(clickHouse, flights, recognition)),
            new CopiesFromPostgres(clickHouse, marked, clock),
            moves.copies(),
            moves.exchanges(),
            new TableComparison(clickHouse, flights, recognition),
            new ClickHouseExpectation(clickHouse, flights, recognition),
            new ClickHouseItems(clickHouse, items, key, flights, recognition),
            new OnEveryPart<>(new ClickHouseMutations(clickHouse, flights, recognition))),
        new Steps.OnPostgres(
            new PostgresStatements(postgres, backends, flights, recognition, key),
            new BatchUpdates(marked, clock),
            new PostgresExpectation(question),
            new PostgresItems(question, items, key)),
        kubernetes);
  }

  /** What looks at these databases for a dry run. */
  public Preflight preflight(Clock clock) {
    return new Preflight(clickHouse, postgres, plans, clock);
  }

  /** Disconnects; what runs on the servers goes on. */
  @Override
  public void close() {
    leases.close();
    postgres.close();
    clickHouse.close();
  }
}
