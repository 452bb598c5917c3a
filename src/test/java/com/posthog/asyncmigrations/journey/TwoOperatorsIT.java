package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Two operators at once: one acts. */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class TwoOperatorsIT {
  private static final String COPY =
      """
      - name: fill
        copyTable:
          from: t
          to: n
          chunkRows: 8192
          columns: [{name: v, expression: "if(sleepEachRow(0.0001) = 0, v, v)"}]
      - name: swap
        exchangeTables: {table: t, with: n, backup: before}
      """;

  /** 33,333 rows in each of three partitions, cut at every 8,192. */
  private static final int CHUNKS = 12;

  private final Installation installation;

  TwoOperatorsIT(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
  }

  @AfterEach
  void stop() {
    installation.close();
  }

  @Test
  void theOneThatLeadsActs() {
    try (OperatorProcess one = start(installation.namespace());
        OperatorProcess other = start(installation.namespace())) {
      run();

      assertThat(acts(one)).isNotEqualTo(acts(other));
    }
  }

  /** Both believe that they lead, as after a partition: the lease in PostgreSQL lets one act. */
  @Test
  void theOneThatHoldsTheLeaseActs() {
    try (OperatorProcess one = start(installation.namespace()).awaitLeading();
        OperatorProcess other = start("default").awaitLeading()) {
      run();

      assertThat(acts(one)).isNotEqualTo(acts(other));
    }
  }

  /** Both believe that they lead; one of them is killed while it copies. */
  @Test
  void oneOfThemCopiesAndWhenItIsKilledTheOtherGoesOn() {
    TestDatabase clickHouse = installation.clickHouse();
    clickHouse.run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
    clickHouse.run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number % 90, toString(number) FROM numbers(100000)");
    clickHouse.run("CREATE TABLE n AS t ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY (v, k)");
    try (OperatorProcess one = start(installation.namespace()).awaitLeading();
        OperatorProcess other = start("default").awaitLeading()) {
      installation.migrate("m", COPY);
      await().atMost(Duration.ofSeconds(90)).until(() -> copied() >= 4);
      assertThat(copiedTwice()).isZero();

      OperatorProcess copies = holdsTheLease(one) ? one : other;
      OperatorProcess waits = copies == one ? other : one;
      assertThat(holdsTheLease(waits)).isFalse();
      copies.kill();
      assertThat(copied()).isLessThan(CHUNKS);

      await()
          .atMost(Duration.ofMinutes(3))
          .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
      assertThat(holdsTheLease(waits)).isTrue();
    }
    assertThat(clickHouse.run("SELECT count(), uniqExact(k) FROM t")).isEqualTo("100000\t100000");
    assertThat(copied()).isEqualTo(CHUNKS);
    assertThat(copiedTwice()).as("those that were under way").isLessThanOrEqualTo(2);
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(1);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  private boolean holdsTheLease(OperatorProcess operator) {
    String holder = installation.postgres().value("SELECT holder FROM async_migrations.lease");
    return operator.log().stream().anyMatch(line -> line.contains(holder + " leads"));
  }

  /** How many chunks were copied to the end. */
  private long copied() {
    return chunks("count()");
  }

  /** How many of them more than once. */
  private long copiedTwice() {
    return chunks("countIf(times > 1)");
  }

  /** Of the INSERTs that have ended, each without the name of its own scratch. */
  private long chunks(String what) {
    installation.clickHouse().run("SYSTEM FLUSH LOGS");
    return Long.parseLong(
        installation
            .clickHouse()
            .run(
                """
                SELECT %s FROM (
                  SELECT replaceRegexpOne(query, '`n__am_[^`]*`', 'scratch') AS chunk, count() AS times
                  FROM system.query_log
                  WHERE type = 'QueryFinish' AND query_kind = 'Insert' AND match(query, '`n__am_')
                    AND current_database = currentDatabase()
                  GROUP BY chunk)
                """
                    .formatted(what)));
  }

  private void run() {
    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 50) + Operations.count("t", 50));
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.status("m").orElseThrow().attempt()).isEqualTo(1);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  private static boolean acts(OperatorProcess operator) {
    return operator.log().stream().anyMatch(line -> line.contains("STEP_FINISHED"));
  }

  private OperatorProcess start(String leaseNamespace) {
    return installation.startOperator(leaseNamespace);
  }
}
