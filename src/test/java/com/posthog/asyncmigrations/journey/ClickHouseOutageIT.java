package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** ClickHouse is away during a run. */
@Order(1)
class ClickHouseOutageIT extends Outage {

  ClickHouseOutageIT(
      ApiServerProcess server,
      TestDatabase database,
      SharedPostgres.Fresh fresh,
      WatchedNamespace namespace) {
    super(server, database, fresh, namespace);
  }

  @Test
  void clickHouseIsGoneForLongerThanALease() {
    runFor(60);
    clickHouse.refuse();
    saysThatItIsAway();
    passes(LONG);
    clickHouse.restore();
    finishes(60);
  }

  @Test
  void clickHouseIsSilent() {
    runFor(30);
    clickHouse.silence();
    saysThatItIsAway();
    clickHouse.restore();
    finishes(30);
  }

  @Test
  void clickHouseIsSlow() {
    runFor(10);
    clickHouse.slowDown(Duration.ofSeconds(1));
    finishes(10);
  }

  /** A check that cannot be made is not one that has failed, however often. */
  @Test
  void clickHouseOfAHealthcheckIsGone() {
    installation.migrateWith(
        "m",
        """
          desiredState: Completed
          healthchecks:
            - name: answers
              query: {database: ClickHouse, sql: SELECT 1, equals: "1"}
        """,
        Operations.postgres("slow", "SELECT pg_sleep(35)")
            + Operations.postgres("next", "CREATE TABLE t (n int)"));
    until(() -> installation.runsOnPostgres("pg_sleep"));
    clickHouse.refuse();
    until(
        () ->
            installation
                .condition("m", "Reconciling")
                .message()
                .startsWith("no new statement begins while healthcheck answers cannot be made"));
    assertThat(installation.condition("m", "Reconciling").reason())
        .isEqualTo("DatabaseUnreachable");
    assertThat(installation.postgres().value("SELECT to_regclass('t') IS NULL")).isEqualTo("t");
    clickHouse.restore();

    until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.status("m").orElseThrow().errors()).isNull();
  }
}
