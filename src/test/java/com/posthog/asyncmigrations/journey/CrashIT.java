package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The operator is killed, and another one goes on: nothing is done twice that must not be, and the
 * worker ends with the size that it had.
 */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class CrashIT {
  private static final String DONE = "CompletedSuccessfully";

  private final Installation installation;
  private final CuttingProxy proxy;
  private OperatorProcess operator;

  CrashIT(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
    proxy = new CuttingProxy(clickHouse.server().host(), clickHouse.server().httpPort());
    installation.instance(proxy.port());
    operator = start();
  }

  @AfterEach
  void stop() {
    operator.close();
    proxy.close();
    installation.close();
  }

  @Test
  void whileAStatementRuns() {
    installation.migrate(
        "m", Operations.create("t") + Operations.fill("t", 100) + Operations.count("t", 100));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    operator.kill();
    operator = start();

    finishes();
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(rows("t")).isEqualTo("100");
  }

  @Test
  void whileAStatementRunsThatEndsBeforeTheNextOperatorLooks() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 20));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    operator.kill();
    await().atMost(soon()).until(() -> !installation.runs("INSERT INTO t"));
    operator = start();

    finishes();
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(rows("t")).isEqualTo("20");
  }

  @Test
  void betweenTwoOperations() {
    AtomicBoolean first = new AtomicBoolean();
    proxy.hold(
        request -> {
          first.compareAndSet(false, request.contains("CREATE TABLE t"));
          return first.get() && request.contains("serverUUID");
        });
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 5));
    await()
        .atMost(soon())
        .until(() -> "Completed".equals(operationState(0)) && status().intent() == null);

    operator.kill();
    proxy.cut();
    proxy.release();
    operator = start();

    finishes();
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(rows("t")).isEqualTo("5");
  }

  @Test
  void betweenIntentAndEffect() {
    proxy.hold(request -> request.contains("INSERT INTO t"));
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 5));
    await().atMost(soon()).until(() -> proxy.received(r -> r.contains("INSERT INTO t")) == 1);
    String announced = status().intent().queryId();

    operator.kill();
    proxy.cut();
    proxy.release();
    operator = start();

    finishes();
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(
            installation
                .clickHouse()
                .run(
                    "SELECT count() FROM system.query_log WHERE type = 'QueryFinish' AND query_id = '%s'"
                        .formatted(announced)))
        .isEqualTo("1");
    assertThat(rows("t")).isEqualTo("5");
  }

  @Test
  void aRequestThatArrivesAfterItsOperatorDied() {
    proxy.hold(request -> request.contains("INSERT INTO t"));
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 5));
    await().atMost(soon()).until(() -> proxy.received(r -> r.contains("INSERT INTO t")) == 1);

    operator.kill();
    proxy.release();
    operator = start();

    finishes();
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(rows("t")).isEqualTo("5");
  }

  /** Nobody finds the rows that were on their way at the exchange missing, although it stops. */
  @Test
  void betweenAnExchangeAndItsLateRowsWhereItIsToStop() {
    run("CREATE TABLE t (k UInt64) ENGINE MergeTree ORDER BY k");
    run("INSERT INTO t SELECT number FROM numbers(1000)");
    installation.migrate("m", Operations.exchange("t", "n", "before"));
    holds("EXCHANGE TABLES");
    run("INSERT INTO t VALUES (1000)");
    holds("RENAME TABLE .* TO .*`before`");

    operator.kill();
    proxy.cut();
    proxy.release();
    assertThat(rows("t")).isEqualTo("1000");
    installation.wish("m", "Stopped");
    operator = start();

    await().atMost(later()).until(() -> "Errored".equals(installation.phase("m")));
    assertThat(rows("t")).isEqualTo("1001");
    assertThat(rows("before")).isEqualTo("1001");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  /** Such a request has come, and goes no further; the one that was held before has gone on. */
  private void holds(String statement) {
    Predicate<String> such = request -> Pattern.compile(statement).matcher(request).find();
    proxy.holdInstead(such);
    await().atMost(later()).until(() -> proxy.received(such) > 0);
  }

  @Test
  void duringARollback() {
    installation.clickHouse().run("CREATE TABLE undone (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.migrate(
        "m", Operations.create("t") + Operations.slowToUndo("t", 100) + Operations.fail());
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO undone"));

    operator.kill();
    operator = start();

    await().atMost(later()).until(() -> "RolledBack".equals(installation.phase("m")));
    assertThat(installation.started("m", "INSERT INTO undone")).isEqualTo(1);
    assertThat(rows("undone")).isEqualTo("100");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void whileTheWorkerIsScaled() {
    installation.kubeletPauses();
    installation.migrate("m", Operations.create("t"));
    await().atMost(soon()).until(() -> installation.replicas() == 5);

    operator.kill();
    installation.kubeletGoesOn();
    operator = start();

    finishes();
    assertThat(status().workers().original().replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
  }

  @Test
  void whileAStatementRunsOnPostgres() {
    installation.migrate(
        "m",
        Operations.postgres("create", "CREATE TABLE t (n int)")
            + Operations.postgres("slow", "INSERT INTO t SELECT 1 FROM pg_sleep(10)"));
    await().atMost(soon()).until(() -> installation.runsOnPostgres("pg_sleep"));

    operator.kill();
    operator = start();

    finishes();
    assertThat(installation.postgres().value("SELECT count(*) FROM t")).isEqualTo("1");
    assertThat(status().operations().get(1).tries()).isEqualTo(1);
  }

  @Test
  void aSigtermLeavesALongStatementRunningAndItIsAdopted() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 150));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    operator.terminate();
    assertThat(installation.runs("INSERT INTO t")).isTrue();
    assertThat(installation.leader()).isEmpty(); // the next one need not wait for it to run out
    assertThat(operator.log()).noneMatch(line -> line.contains("Exception"));
    operator = start();

    finishes();
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(rows("t")).isEqualTo("150");
  }

  private void finishes() {
    await().atMost(later()).until(() -> DONE.equals(installation.phase("m")));
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  private AsyncMigrationStatus status() {
    return installation.status("m").orElseThrow();
  }

  private String operationState(int index) {
    return installation
        .status("m")
        .filter(s -> s.operations() != null)
        .map(s -> s.operations().get(index).state())
        .orElse("");
  }

  private String rows(String table) {
    return run("SELECT count() FROM " + table);
  }

  private String run(String sql) {
    return installation.clickHouse().run(sql);
  }

  private OperatorProcess start() {
    return installation.startOperator();
  }

  private static Duration soon() {
    return Duration.ofMinutes(2);
  }

  /** A lease to run out, a request to be on its way, and a slow machine. */
  private static Duration later() {
    return Duration.ofMinutes(3);
  }
}
