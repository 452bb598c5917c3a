package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** PostgreSQL is away during a run, and with it the lease and the ledger. */
@Order(1)
class PostgresOutageIT extends Outage {

  PostgresOutageIT(
      ApiServerProcess server,
      TestDatabase database,
      SharedPostgres.Fresh fresh,
      WatchedNamespace namespace) {
    super(server, database, fresh, namespace);
  }

  @Test
  void postgresIsGoneForLongerThanALease() {
    runFor(60);
    postgres.refuse();
    saysThatItIsAway();
    passes(LONG);
    postgres.restore();
    finishes(60);
  }

  @Test
  void postgresIsSilentForLongerThanALease() {
    runFor(60);
    postgres.silence();
    saysThatItIsAway();
    passes(LONG);
    postgres.restore();
    finishes(60);
  }

  @Test
  void postgresIsSlow() {
    runFor(10);
    postgres.slowDown(Duration.ofMillis(300));
    finishes(10);
  }

  /** Its connection is dead and nobody says so; what it did is rolled back, and done again. */
  @Test
  void postgresIsSilentUnderAStatementOfItsOwn() {
    installation.migrate(
        "m",
        Operations.postgres("create", "CREATE TABLE t (n int)")
            + Operations.postgres("slow", "INSERT INTO t SELECT 1 FROM pg_sleep(20)"));
    until(() -> installation.runsOnPostgres("pg_sleep"));
    postgres.silence();
    saysThatItIsAway();
    postgres.restore();

    until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.postgres().value("SELECT count(*) FROM t")).isEqualTo("1");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }
}
