package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * A random migration that is disturbed by people and by faults, and then left in peace until it is
 * as it was wanted last.
 */
final class RandomWalk implements AutoCloseable {
  private static final String NAME = "m";
  private static final Duration MOST = Duration.ofMinutes(4);
  private static final List<String> WISHES =
      List.of("Completed", "Completed", "Paused", "Stopped", "RolledBack", "Idle");

  private final Random random;
  private final ClickHouseProcess server;
  private final Installation installation;
  private final RandomPlan plan;
  private final List<String> trace = new ArrayList<>();
  private final Instant began = Instant.now();
  private OperatorProcess operator;
  private Optional<OperatorProcess> rival = Optional.empty();
  private String wish = "Completed";
  private int nonce;
  private boolean serverWasLost;

  /**
   * In this installation, which has its server for itself.
   *
   * @param seed what is random follows from it
   */
  RandomWalk(long seed, ClickHouseProcess server, Installation installation) {
    random = new Random(seed);
    this.server = server;
    this.installation = installation;
    plan = new RandomPlan(random);
    operator = installation.startOperator().awaitLeading();
  }

  /** What has happened, and what there is now. */
  String trace() {
    return String.join("\n", trace) + "\n" + plan.operations() + "\n" + installation.status(NAME);
  }

  /** All of it, and what must hold at its end. */
  void walk(int disturbances) {
    plan.prepare(installation);
    String settings =
        "{\"autoContinue\":%s,\"disableAutoRollback\":%s}"
            .formatted(random.nextBoolean(), random.nextBoolean());
    note(settings);
    installation.settings(settings);
    apply();
    for (int i = 0; i < disturbances; i++) {
      passes(Duration.ofMillis(300 + random.nextInt(2_200)));
      disturb();
      decide(random.nextInt(4) > 0 ? "Approve" : "Reject");
    }
    rival.ifPresent(OperatorProcess::close);
    want(random.nextInt(3) > 0 ? "Completed" : "RolledBack");
    settle();
    check();
  }

  private void disturb() {
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5 -> want(WISHES.get(random.nextInt(WISHES.size())));
      case 6, 7, 8 -> raiseNonce();
      case 9, 10 -> killOperator();
      case 11, 12 -> rivalComesOrGoes();
      case 13, 14 -> killServer();
      case 15 -> applyAnew();
      default -> note("nothing happens");
    }
  }

  private void want(String state) {
    note("wants " + state);
    wish = state;
    installation.wish(NAME, state);
  }

  private void raiseNonce() {
    nonce++;
    note("raises the nonce to " + nonce);
    installation.retry(NAME, nonce);
  }

  private void killOperator() {
    note("kills the operator");
    operator.kill();
    operator = installation.startOperator();
  }

  /** Half of them agree with the operator who acts, half of them act too, as after a partition. */
  private void rivalComesOrGoes() {
    if (rival.isPresent()) {
      note("kills the rival");
      rival.get().kill();
      rival = Optional.empty();
    } else {
      String lease = random.nextBoolean() ? installation.namespace() : "kube-public";
      note("a rival comes, whose lease is in " + lease);
      rival = Optional.of(installation.startOperator(lease));
    }
  }

  private void killServer() {
    note("kills ClickHouse");
    finishedOnce();
    server.kill();
    serverWasLost = true;
    passes(Duration.ofMillis(random.nextInt(3_000)));
    server.restart();
  }

  private void applyAnew() {
    note("deletes the resource, and applies it anew");
    installation.deleteMigration(NAME);
    await().atMost(MOST).until(() -> lives() && installation.migration(NAME) == null);
    apply();
  }

  private void apply() {
    installation.define(NAME, plan.fields(wish, nonce), plan.operations());
  }

  private void decide(String decision) {
    Optional<String> hash = installation.status(NAME).map(AsyncMigrationStatus::planHash);
    if (hash.isPresent() && !plan.approvals().isEmpty()) {
      String all =
          plan.approvals().stream()
              .map(
                  o ->
                      "{\"operation\":\"%s\",\"planHash\":\"%s\",\"decision\":\"%s\"}"
                          .formatted(o, hash.get(), decision))
              .collect(Collectors.joining(",", "[", "]"));
      installation.edit(NAME, "{\"approvals\":%s}".formatted(all));
    }
  }

  /** A person raises the nonce when nothing moves any more. */
  private void settle() {
    await()
        .atMost(MOST)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              boolean stands = lives() && stands();
              if (stands && !settled()) {
                raiseNonce();
              }
              decide("Approve");
              return settled();
            });
  }

  /** An operator whose API server did not answer in time has ended, and is started again. */
  private boolean lives() {
    if (!operator.isAlive()) {
      note("the operator has ended");
      operator = installation.startOperator();
    }
    return true;
  }

  /** Whether what people want now was seen, and will not be without them. */
  private boolean stands() {
    AsyncMigration migration = installation.migration(NAME);
    AsyncMigrationStatus status = migration.getStatus();
    int seen = Optional.ofNullable(status.observedRetryNonce()).orElse(0);
    return migration.getMetadata().getGeneration().equals(status.observedGeneration())
        && seen == nonce
        && List.of("Errored", "RolledBack", "FailedAtStartup").contains(status.phase());
  }

  private boolean settled() {
    String phase = installation.phase(NAME);
    boolean asWanted =
        wish.equals("Completed")
            ? phase.equals("CompletedSuccessfully")
            : List.of("RolledBack", "NotStarted").contains(phase);
    return asWanted
        && installation.migration(NAME).getMetadata().getFinalizers().isEmpty()
        && leases().equals("0");
  }

  private String leases() {
    return installation
        .postgres()
        .value("SELECT count(*) FROM async_migrations.lease WHERE expires_at > clock_timestamp()");
  }

  private void check() {
    boolean done = wish.equals("Completed");
    plan.clickHouse()
        .forEach(
            (table, rows) ->
                assertThat(installation.clickHouse().run("SELECT uniqExact(n) FROM " + table))
                    .as(table)
                    .isEqualTo(done ? Integer.toString(rows) : "0"));
    plan.postgres()
        .forEach(
            (table, rows) ->
                assertThat(installation.postgres().value("SELECT count(*) FROM " + table))
                    .as(table)
                    .isEqualTo(done ? Integer.toString(rows) : "0"));
    if (!serverWasLost) {
      plan.clickHouse()
          .keySet()
          .forEach(
              table ->
                  assertThat(
                          installation
                              .clickHouse()
                              .run("SELECT count() = uniqExact(n) FROM " + table))
                      .as("no row twice in " + table)
                      .isEqualTo("1"));
    }
    assertThat(installation.clickHouse().run("EXISTS TABLE view")).isEqualTo("1");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    finishedOnce();
    if (!serverWasLost && done) {
      remembersAllThatFinished();
    }
    assertThat(
            installation
                .clickHouse()
                .run("SELECT query_id FROM system.processes WHERE startsWith(query_id, '0100_m-')"))
        .isEmpty();
    assertThat(
            installation
                .postgres()
                .value(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'asyncmig:%'"
                        + " AND datname = current_database()"))
        .isEqualTo("0");
  }

  /** No statement has finished twice, and one that may not be repeated once in an attempt. */
  private void finishedOnce() {
    installation.clickHouse().run("SYSTEM FLUSH LOGS");
    String twice =
        """
        SELECT %s AS step FROM system.query_log
        WHERE type = 'QueryFinish' AND startsWith(query_id, '0100_m-') AND current_database = '%s'
        AND match(query_id, '%s')
        GROUP BY step HAVING count() > 1
        """;
    String database = installation.clickHouse().name();
    assertThat(installation.clickHouse().run(twice.formatted("query_id", database, "."))).isEmpty();
    assertThat(
            installation
                .clickHouse()
                .run(
                    twice.formatted(
                        "replaceRegexpOne(query_id, '-[0-9]+$', '')", database, plan.once())))
        .isEmpty();
  }

  /** What the ledger calls completed is what the server has finished, step by step. */
  private void remembersAllThatFinished() {
    String finished =
        """
        SELECT extract(query_id, '-f([0-9]+)-') AS operation, uniqExact(extract(query_id, '-f[0-9]+-([0-9]+)-'))
        FROM system.query_log
        WHERE type = 'QueryFinish' AND current_database = '%s' AND match(query_id, '^0100_m-%s-[0-9]+-f')
        GROUP BY operation ORDER BY toUInt32(operation) FORMAT CSV
        """
            .formatted(installation.clickHouse().name(), ledger("run_id"));
    String remembered =
        plan.stepsOnClickHouse().entrySet().stream()
            .map(e -> "\"%d\",%d".formatted(e.getKey(), e.getValue()))
            .collect(Collectors.joining("\n"));
    assertThat(installation.clickHouse().run(finished).trim()).isEqualTo(remembered);
    assertThat(
            ledger(
                "(SELECT bool_and(o ->> 'state' = 'COMPLETED')"
                    + " FROM jsonb_array_elements(state #> '{run,operations}') o)"))
        .isEqualTo("t");
    plan.postgres()
        .keySet()
        .forEach(
            table ->
                assertThat(
                        installation
                            .postgres()
                            .value(
                                "SELECT count(*) > 0 FROM async_migrations.step WHERE run_id = '%s'"
                                        .formatted(ledger("run_id"))
                                    + " AND effect_id LIKE '%%-f%s-0-%%'"
                                        .formatted(table.substring(1))))
                    .as(table)
                    .isEqualTo("t"));
  }

  private String ledger(String column) {
    return installation
        .postgres()
        .value(
            "SELECT %s FROM async_migrations.migration WHERE namespace = '%s'"
                .formatted(column, installation.namespace()));
  }

  private void passes(Duration time) {
    await().pollDelay(time).atMost(time.plusSeconds(10)).until(() -> true);
  }

  private void note(String what) {
    trace.add(
        "%6.1f %-20s %s"
            .formatted(
                Duration.between(began, Instant.now()).toMillis() / 1_000.0,
                installation.phase(NAME),
                what));
  }

  @Override
  public void close() {
    operator.close();
    rival.ifPresent(OperatorProcess::close);
  }
}
