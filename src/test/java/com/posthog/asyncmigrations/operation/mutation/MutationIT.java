package com.posthog.asyncmigrations.operation.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.operation.AdjustableClock;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Intents;
import com.posthog.asyncmigrations.operation.Recognition;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A table of 160 rows in eight parts, of which the server mutates some at a time. */
@ExtendWith(SharedClickHouse.class)
class MutationIT {
  /** A part takes half a second. */
  private static final String SLOWLY = "UPDATE x = x + 1 WHERE sleepEachRow(0.025) = 0";

  private static final String PLUS_ONE = "UPDATE x = x + 1 WHERE n >= 0 OR 0";

  private final TestDatabase database;
  private final CuttingProxy proxy;
  private final ClickHouseCluster cluster;
  private final AdjustableClock clock = new AdjustableClock();
  private final Flights flights = new Flights(4, clock);
  private final Flights othersFlights = new Flights(4, clock);
  private final ClickHouseMutations mutations;
  private final ClickHouseMutations successor;
  private final Intent intent;

  MutationIT(TestDatabase database) {
    this.database = database;
    proxy = new CuttingProxy(database.server().host(), database.server().httpPort());
    cluster = Clusters.through(proxy.port(), database);
    mutations = new ClickHouseMutations(cluster, flights, new Recognition(flights, clock));
    successor =
        new ClickHouseMutations(cluster, othersFlights, new Recognition(othersFlights, clock));
    intent = Intents.of(cluster.nodes().get(0).ref());
  }

  @BeforeEach
  void prepare() {
    database.run("DROP TABLE IF EXISTS t SYNC");
    database.run(
        """
        CREATE TABLE t (n UInt64, x UInt64) ENGINE = MergeTree PARTITION BY n % 8 ORDER BY n
        SETTINGS finished_mutations_to_keep = 3,
          cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
        """);
    database.run("INSERT INTO t SELECT number, 0 FROM numbers(160)");
  }

  @AfterEach
  void stop() {
    flights.close();
    othersFlights.close();
    cluster.close();
    proxy.close();
    database.run("DROP TABLE t SYNC");
  }

  @Test
  void itRunsOnceToItsEndWithItsParameters() {
    Step.Mutate step =
        new Step.Mutate(
            database.name() + ".t",
            "UPDATE x = {v:UInt64} WHERE n < {to:UInt64} OR toString(n) = {text:String}",
            Map.of(),
            Map.of("v", "7", "to", "10", "text", "' OR 1 = 1 --"));

    submit(step);
    submit(step);

    assertThat(end(step)).isEqualTo(new EffectView.Finished(160));
    assertThat(database.run("SELECT countIf(x = 7), countIf(x = 0) FROM t")).isEqualTo("10\t150");
    assertThat(alters()).isEqualTo("1");
  }

  @Test
  void severalCommandsAreOneMutation() {
    Step.Mutate step = step("UPDATE x = 1 WHERE n < 80, DELETE WHERE n >= 80");

    submit(step);

    assertThat(end(step)).isInstanceOf(EffectView.Finished.class);
    assertThat(database.run("SELECT count(), sum(x) FROM t")).isEqualTo("80\t80");
    assertThat(database.run("SELECT uniqExact(mutation_id) FROM system.mutations WHERE " + OURS))
        .isEqualTo("1");
  }

  @Test
  void itsProgressIsOfParts() {
    Set<Double> fractions = new HashSet<>();
    Set<Long> rows = new HashSet<>();

    submit(step(SLOWLY));
    soon()
        .until(
            () -> {
              EffectView view = observe(step(SLOWLY));
              if (view instanceof EffectView.Running running) {
                fractions.add(running.fraction());
                rows.add(running.rows());
              }
              return view instanceof EffectView.Finished;
            });

    assertThat(fractions).contains(0.0).anyMatch(f -> f > 0 && f < 1 && (f * 8) % 1 == 0);
    assertThat(rows).contains(0L).anyMatch(r -> r > 0 && r < 160 && r % 20 == 0);
    assertThat(database.run("SELECT sum(x) FROM t")).isEqualTo("160");
  }

  @Test
  void whatFailsIsToldAndWhatWasDoneStaysDone() {
    Step.Mutate step = step("UPDATE x = 1 + throwIf(n % 8 = 3, 'three') WHERE 1");
    submit(step);

    Problem why =
        ((EffectView.Running)
                observeUntil(
                    step, v -> v instanceof EffectView.Running r && r.failing().isPresent()))
            .failing()
            .orElseThrow();

    assertThat(why.reason()).isEqualTo(Reason.StatementFailed);
    assertThat(why.message()).startsWith("code 395 (FUNCTION_THROW").contains("three");
    soon().until(() -> database.run("SELECT sum(x) FROM t").equals("140"));
    assertKilled(step);
    assertThat(database.run("SELECT sum(x) FROM t")).isEqualTo("140");
  }

  @Test
  void whatIsInterruptedHasNotFailed() {
    submit(step(SLOWLY));
    soon().until(() -> !database.run("SELECT 1 FROM system.merges WHERE " + OURS).isEmpty());

    database.run("SYSTEM STOP MERGES t");
    soon()
        .until(
            () ->
                database
                    .run("SELECT latest_fail_reason FROM system.mutations WHERE " + OURS)
                    .contains("ABORTED"));
    assertThat(observe(step(SLOWLY)))
        .isInstanceOfSatisfying(
            EffectView.Running.class, running -> assertThat(running.failing()).isEmpty());
    database.run("SYSTEM START MERGES t");

    assertThat(end(step(SLOWLY))).isInstanceOf(EffectView.Finished.class);
  }

  @Test
  void aKilledOneIsOverOnlyWhenNoPartIsMutatedAnyMore() {
    Step.Mutate step = step("UPDATE x = x + 1 WHERE sleepEachRow(0.1) = 0"); // two seconds a part
    submit(step);
    soon().until(() -> !database.run("SELECT 1 FROM system.merges WHERE " + OURS).isEmpty());

    assertKilled(step);

    String once = database.run("SELECT sum(x) FROM t");
    assertThat(Integer.parseInt(once) % 20).isZero();
    assertThat(Integer.parseInt(once)).isLessThan(160);
    database.run("OPTIMIZE TABLE t FINAL");
    assertThat(database.run("SELECT sum(x) FROM t")).isEqualTo(once);
  }

  @Test
  void aSuccessorFindsItAndSendsNothing() {
    database.run("SYSTEM STOP MERGES t");
    submit(step(PLUS_ONE));
    soon().until(() -> alters().equals("1"));
    flights.close();

    assertThat(asSuccessor(step(PLUS_ONE))).isEqualTo(new EffectView.Running(0, 0));
    database.run("SYSTEM START MERGES t");
    soon().until(() -> asSuccessor(step(PLUS_ONE)), new EffectView.Finished(160)::equals);
    assertThat(database.run("SELECT sum(x) FROM t")).isEqualTo("160");
    assertThat(alters()).isEqualTo("1");
  }

  @Test
  void aLostAnswerIsNotSentAgain() {
    proxy.dropAnswers(MutationIT::alters);

    submit(step(PLUS_ONE));
    soon()
        .until(() -> flights.stateOf(intent.effectId()).orElse(null) instanceof Flights.State.Lost);

    assertThat(end(step(PLUS_ONE))).isEqualTo(new EffectView.Finished(160));
    assertThat(proxy.received(MutationIT::alters)).isEqualTo(1);
    assertThat(database.run("SELECT sum(x) FROM t")).isEqualTo("160");
  }

  @Test
  void whatNeverArrivedIsNotRunButOnlyOnceNothingCanBeOnItsWay() {
    proxy.hold(MutationIT::alters);
    submit(step(PLUS_ONE));
    soon().until(() -> proxy.received(MutationIT::alters) == 1);
    proxy.cut();

    observeUntil(step(PLUS_ONE), EffectView.Looking.class::isInstance);
    clock.advance(Recognition.ON_ITS_WAY);

    assertThat(observe(step(PLUS_ONE))).isInstanceOf(EffectView.NotRun.class);
    assertThat(asSuccessor(step(PLUS_ONE))).isInstanceOf(EffectView.NotRun.class);
  }

  @Test
  void anAlterThatIsRefusedHasFailed() {
    submit(step("UPDATE nothing = 1 WHERE 1"));

    assertThat(end(step("UPDATE nothing = 1 WHERE 1")))
        .isInstanceOfSatisfying(
            EffectView.Failed.class,
            failed -> assertThat(failed.problem().message()).contains("nothing"));
    assertThat(asSuccessor(step("UPDATE nothing = 1 WHERE 1")))
        .isInstanceOf(EffectView.Failed.class);
  }

  @Test
  void oneThatSomebodyKillsHasFailed() {
    database.run("SYSTEM STOP MERGES t");
    submit(step(PLUS_ONE));
    observeUntil(
        step(PLUS_ONE),
        v -> !database.run("SELECT 1 FROM system.mutations WHERE " + OURS).isEmpty());

    database.run("KILL MUTATION WHERE " + OURS);

    for (EffectView view : new EffectView[] {end(step(PLUS_ONE)), asSuccessor(step(PLUS_ONE))}) {
      assertThat(view)
          .isInstanceOfSatisfying(
              EffectView.Failed.class,
              failed -> {
                assertThat(failed.problem().reason()).isEqualTo(Reason.StatementKilled);
                assertThat(failed.problem().message()).contains("does not list it any more");
              });
    }
    database.run("SYSTEM START MERGES t");
  }

  @Test
  void theEndIsRememberedAfterTheServerHasForgottenIt() {
    submit(step(PLUS_ONE));
    assertThat(end(step(PLUS_ONE))).isEqualTo(new EffectView.Finished(160));

    soon()
        .until(
            () -> {
              database.run("ALTER TABLE t DELETE WHERE 0 SETTINGS mutations_sync = 1");
              return database
                  .run(
                      "SELECT 1 FROM system.mutations WHERE command LIKE '%"
                          + intent.effectId()
                          + "%'")
                  .isEmpty();
            });

    assertThat(observe(step(PLUS_ONE))).isEqualTo(new EffectView.Finished(160));
    assertThat(asSuccessor(step(PLUS_ONE)))
        .as("finished or killed: nobody can tell")
        .isInstanceOfSatisfying(
            EffectView.Unknown.class,
            unknown -> assertThat(unknown.why().reason()).isEqualTo(Reason.OutcomeUnknown));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ADD INDEX i x TYPE minmax | MATERIALIZE INDEX i"
            + " | SELECT data_uncompressed_bytes > 0 FROM system.data_skipping_indices WHERE name = 'i'",
        "ADD PROJECTION p (SELECT sum(x)) | MATERIALIZE PROJECTION `p`"
            + " | SELECT count() = 8 FROM system.projection_parts WHERE active AND name = 'p'",
        "ADD COLUMN c UInt64 DEFAULT n | MATERIALIZE COLUMN c"
            + " | SELECT count() = 8 FROM system.parts_columns WHERE active AND column = 'c'",
      })
  void whatMaterialisesIsFollowedWithoutAMark(String prepare, String command, String proof) {
    database.run("ALTER TABLE t " + prepare);
    database.run("SYSTEM STOP MERGES t");
    submit(step(command));
    observeUntil(
        step(command),
        v -> !database.run("SELECT 1 FROM system.mutations WHERE " + OURS).isEmpty());

    assertThat(asSuccessor(step(command))).isEqualTo(new EffectView.Running(0, 0));
    database.run("SYSTEM START MERGES t");

    assertThat(end(step(command))).isEqualTo(new EffectView.Finished(160));
    assertThat(asSuccessor(step(command))).isEqualTo(new EffectView.Finished(160));
    assertThat(database.run(proof + " AND " + OURS)).isEqualTo("1");
    assertThat(alters()).isEqualTo("1");
  }

  private static final String OURS = "database = currentDatabase() AND table = 't'";

  private static boolean alters(String request) {
    return request.contains("ALTER TABLE");
  }

  private static Step.Mutate step(String command) {
    return new Step.Mutate("t", command, Map.of(), Map.of());
  }

  private void submit(Step.Mutate step) {
    mutations.submit(intent, step, () -> {});
  }

  private EffectView observe(Step.Mutate step) {
    return mutations.observe(intent, step, Intents.ownLease());
  }

  private EffectView asSuccessor(Step.Mutate step) {
    return successor.observe(intent, step, Intents.successorsLease());
  }

  private EffectView observeUntil(Step.Mutate step, Predicate<EffectView> wanted) {
    return soon().until(() -> observe(step), wanted);
  }

  private EffectView end(Step.Mutate step) {
    return observeUntil(
        step, v -> v instanceof EffectView.Finished || v instanceof EffectView.Failed);
  }

  /** Kills it as a stop does, and looks behind the first view that says that it is gone. */
  private void assertKilled(Step.Mutate step) {
    EffectView over =
        observeUntil(
            step,
            view -> {
              if (view instanceof EffectView.Running) {
                mutations.kill(intent, step);
              }
              return !(view instanceof EffectView.Running);
            });
    String left =
        database.run(
            "SELECT (SELECT count() FROM system.mutations WHERE NOT is_done AND "
                + OURS
                + "), (SELECT count() FROM system.merges WHERE is_mutation AND "
                + OURS
                + ")");

    assertThat(left).isEqualTo("0\t0");
    assertThat(over)
        .isInstanceOfSatisfying(
            EffectView.Failed.class,
            failed -> assertThat(failed.problem().reason()).isEqualTo(Reason.StatementKilled));
  }

  private static ConditionFactory soon() {
    return Awaitility.await().atMost(Duration.ofSeconds(60));
  }

  private String alters() {
    database.run("SYSTEM FLUSH LOGS");
    return database.run(
        "SELECT count() FROM system.query_log WHERE type = 'QueryStart' AND query_id = '"
            + intent.effectId()
            + "'");
  }
}
