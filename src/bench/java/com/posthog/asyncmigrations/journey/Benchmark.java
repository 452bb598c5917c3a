package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.Figures;
import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * How long people wait for the operator, and what it needs. It asserts that the right things were
 * measured, and nothing of how long they took.
 */
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class Benchmark {
  private static final int TIMES = Integer.getInteger("bench.times", 5);
  private static final int MANY = 1_000;

  /** How long a process settles before its memory is looked at. */
  private static final Duration SETTLED = Duration.ofSeconds(10);

  private final Installation installation;
  private final KubernetesClient client;
  private final Sightings sightings;
  private final Figures figures = new Figures();

  Benchmark(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
    client = server.client();
    sightings = new Sightings(client, installation.namespace());
  }

  @AfterEach
  void stop() {
    sightings.close();
    client.close();
    installation.close();
  }

  @Test
  void figures() {
    waiting("waiting");
    repeat(i -> startAndIdle());
    try (MeasuredOperator operator = MeasuredOperator.start(installation)) {
      operator.told("-> NOT_STARTED");
      repeat(this::applyToFirstCondition);
      repeat(this::stopToProvenGone);
    }
    readoption();
    many();
    System.out.println("\n" + figures.table());
  }

  private void startAndIdle() {
    forgetLeader();
    try (MeasuredOperator operator = MeasuredOperator.start(installation)) {
      figures.add(
          "from start to the first reconcile",
          "s",
          seconds(operator.started(), operator.told("-> NOT_STARTED")));
      settle();
      figures.add("resident memory, idle", "MiB", operator.resident());
      figures.add("heap in use after a collection, idle", "MiB", operator.heapInUse());
      operator.process().terminate();
    }
  }

  private void applyToFirstCondition(int i) {
    String name = "applied-" + i;
    long applied = System.nanoTime();
    waiting(name);
    figures.add(
        "from apply to the first condition", "s", seconds(applied, sightings.condition(name)));
  }

  private void stopToProvenGone(int i) {
    String name = "stopped" + i;
    installation.migrate(name, Operations.create(name) + Operations.fill(name, 30_000));
    await(() -> installation.runs("INSERT INTO " + name));

    long told = System.nanoTime();
    installation.wish(name, "Stopped");
    figures.add(
        "from stop to proven gone, workers restored",
        "s",
        seconds(told, sightings.phase(name, "Errored")));

    assertThat(installation.runs("INSERT INTO " + name)).isFalse();
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  /** The same statement, through all of it. */
  private void readoption() {
    forgetLeader();
    MeasuredOperator operator = MeasuredOperator.start(installation);
    installation.migrate("long", Operations.create("t") + Operations.fill("t", 300_000));
    await(() -> installation.runs("INSERT INTO t"));
    operator.told("STEP_RUNNING");
    for (int i = 0; i < TIMES; i++) {
      Instant told = Instant.now();
      operator.process().terminate();
      figures.add("from SIGTERM to the process' end", "s", seconds(told, Instant.now()));
      operator = MeasuredOperator.start(installation);
      figures.add(
          "from SIGTERM to adopted by the next operator",
          "s",
          seconds(told, operator.told("STEP_RUNNING")));
    }
    for (int i = 0; i < TIMES; i++) {
      Instant killed = Instant.now();
      operator.process().kill();
      operator = MeasuredOperator.start(installation);
      figures.add(
          "from SIGKILL to adopted by the next operator",
          "s",
          seconds(killed, operator.told("STEP_RUNNING")));
    }
    assertThat(installation.started("long", "INSERT INTO t")).isEqualTo(1);
    installation.wish("long", "Stopped");
    sightings.phase("long", "Errored");
    operator.process().terminate();
  }

  private void many() {
    forgetLeader();
    try (MeasuredOperator operator = MeasuredOperator.start(installation)) {
      operator.told("-> ERRORED");
      repeat(this::applyMany);
      operator.process().terminate();
    }
    repeat(i -> startWithMany());
  }

  private void applyMany(int repetition) {
    client.resources(AsyncMigration.class).inNamespace(installation.namespace()).delete();
    long before = sightings.conditions();
    long applied = System.nanoTime();
    IntStream.range(0, MANY)
        .parallel()
        .forEach(i -> waiting("many-%d-%d".formatted(repetition, i)));
    figures.add("to apply 1,000 resources", "s", seconds(applied, System.nanoTime()));
    await(() -> sightings.conditions() >= before + MANY);
    figures.add("until all of them had a condition", "s", seconds(applied, System.nanoTime()));
  }

  private void startWithMany() {
    forgetLeader();
    try (MeasuredOperator operator = MeasuredOperator.start(installation)) {
      await(
          () ->
              operator.metric(
                      "async_migration_reconcile_seconds_count{controller=\"asyncmigration\"")
                  >= MANY);
      figures.add(
          "from start until 1,000 resources were reconciled",
          "s",
          seconds(operator.started(), Instant.now()));
      settle();
      figures.add("resident memory, 1,000 resources", "MiB", operator.resident());
      figures.add("heap in use after a collection, 1,000 resources", "MiB", operator.heapInUse());
      long asked = System.nanoTime();
      assertThat(operator.metrics()).contains("-999\"");
      figures.add("to read the metrics of 1,000 resources", "s", seconds(asked, System.nanoTime()));
      operator.process().terminate();
    }
  }

  /** A migration that nobody has asked to run. */
  private void waiting(String name) {
    installation.apply(
        """
        apiVersion: migrations.posthog.com/v1alpha1
        kind: AsyncMigration
        metadata:
          name: %s
        spec:
          instanceRef: {name: posthog}
          migration: 0100_%s
          operations:
        """
                .formatted(name, name.replace('-', '_'))
            + (Operations.create("a") + Operations.fill("a", 10)).indent(4));
  }

  /** A start is not to wait for the lease of the process before it. */
  private void forgetLeader() {
    client.leases().inNamespace(installation.namespace()).withName("async-migrations").delete();
  }

  private static void repeat(Consumer<Integer> measure) {
    IntStream.range(0, TIMES).forEach(measure::accept);
  }

  private static void settle() {
    Awaitility.await().pollDelay(SETTLED).atMost(SETTLED.multipliedBy(2)).until(() -> true);
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(100))
        .until(condition);
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 1e3;
  }

  private static double seconds(long from, long to) {
    return (to - from) / 1e9;
  }
}
