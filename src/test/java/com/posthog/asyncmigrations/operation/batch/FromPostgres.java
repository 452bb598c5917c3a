package com.posthog.asyncmigrations.operation.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.postgres.Leases;
import com.posthog.asyncmigrations.postgres.Ledger;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import com.posthog.asyncmigrations.postgres.Schema;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A table on PostgreSQL, and a plain MergeTree of several partitions, where a row that arrives
 * twice shows.
 */
@ExtendWith({SharedPostgres.class, SharedClickHouse.class})
abstract class FromPostgres {
  static final Servers SCOPE = new Servers("scope", List.of("node"), "database");
  static final Intent FIRST = Records.intent(1, 1);
  static final Intent SECOND = Records.intent(2, 2);
  static final int ROWS = 5_000;

  final TestDatabase clickHouse;
  final CuttingProxy proxy;
  final ClickHouseCluster cluster;
  SharedPostgres.Fresh fresh;
  PostgresDatabase database;
  Leases leases;
  Ledger ledger;
  LeaseView.Held lease;
  Recorded recorded;
  Copying operator;

  FromPostgres(TestDatabase clickHouse) {
    this.clickHouse = clickHouse;
    proxy = new CuttingProxy(clickHouse.server().host(), clickHouse.server().httpPort());
    cluster = Clusters.through(proxy.port(), clickHouse);
  }

  @BeforeEach
  void begin(SharedPostgres.Fresh given) {
    fresh = given;
    database = fresh.open();
    new Schema(database).upgrade();
    leases = new Leases(database, "one", Clock.systemUTC(), System::nanoTime, Leases.Times.DEFAULT);
    lease = leases.take(SCOPE, Records.KEY).orElseThrow();
    ledger = new Ledger(database, "one");
    recorded = Records.running(1, Records.first(1), Optional.of(FIRST));
    ledger.write(Records.KEY, SCOPE, lease, Recorded.NOTHING, recorded);
    operator = new Copying(database, cluster, 1);
    run(
        "CREATE TABLE t (id bigint PRIMARY KEY, name text)",
        "INSERT INTO t SELECT n, 'n' || n FROM generate_series(1, %d) n".formatted(ROWS),
        "ANALYZE t");
    clickHouse.run(
        "CREATE OR REPLACE TABLE t (id UInt64, name String) ENGINE MergeTree PARTITION BY id % 3 ORDER BY name");
  }

  @AfterEach
  void end() {
    operator.close();
    leases.close();
    cluster.close();
    proxy.close();
  }

  static Problem failed(EffectView end) {
    assertThat(end).isInstanceOf(EffectView.Failed.class);
    return ((EffectView.Failed) end).problem();
  }

  void run(String... statements) {
    database.ask(
        connection -> {
          for (String statement : statements) {
            connection.createStatement().execute(statement);
          }
          return true;
        });
  }

  long rows() {
    return Long.parseLong(clickHouse.run("SELECT count() FROM t"));
  }
}
