package com.posthog.asyncmigrations.operation.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Intents;
import com.posthog.asyncmigrations.operation.Recognition;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedClickHouse.class)
class ClickHouseExpectationIT {
  private final ClickHouseCluster cluster;
  private final Flights flights = new Flights(4, Clock.systemUTC());
  private final ClickHouseExpectation expectation;

  ClickHouseExpectationIT(TestDatabase database) {
    cluster = Clusters.of(database);
    expectation =
        new ClickHouseExpectation(cluster, flights, new Recognition(flights, Clock.systemUTC()));
  }

  @AfterEach
  void stop() {
    flights.close();
    cluster.close();
  }

  @Test
  void theFirstValueOfTheFirstRowCounts() {
    assertThat(ask("SELECT number + 5, 'x' FROM numbers(1000000)", equal("5")))
        .isEqualTo(new EffectView.Finished(1));
  }

  @Test
  void boundsArePassedByNumbers() {
    Expectation atLeast10 =
        new Expectation(Optional.empty(), OptionalLong.of(10), OptionalLong.empty());

    assertThat(ask("SELECT {n:UInt64}", atLeast10, Map.of("n", "10")))
        .isEqualTo(new EffectView.Finished(1));
    assertThat(ask("SELECT {n:UInt64}", atLeast10, Map.of("n", "9")))
        .isEqualTo(verdict("the query found '9', and would pass with at least 10"));
  }

  @Test
  void whatWasFoundAndWhatWouldPassAreSaid() {
    assertThat(ask("SELECT 'it\\'s'", equal("ok")))
        .isEqualTo(verdict("the query found 'it's', and would pass with 'ok'"));
    assertThat(ask("SELECT 1 WHERE 0", equal("1")))
        .isEqualTo(verdict("the query found no row, and would pass with '1'"));
  }

  @Test
  void aServersErrorIsNoVerdict() {
    assertThat(ask("SELECT * FROM no_such_table", equal("1")))
        .isInstanceOfSatisfying(
            EffectView.Failed.class,
            failed -> assertThat(failed.problem().reason()).isEqualTo(Reason.StatementFailed));
  }

  private static Expectation equal(String value) {
    return new Expectation(Optional.of(value), OptionalLong.empty(), OptionalLong.empty());
  }

  private static EffectView verdict(String message) {
    return new EffectView.Failed(new Problem(Reason.VerificationFailed, message));
  }

  private EffectView ask(String sql, Expectation wanted) {
    return ask(sql, wanted, Map.of());
  }

  private EffectView ask(String sql, Expectation wanted, Map<String, String> parameters) {
    Step.ExpectValue step =
        new Step.ExpectValue(Step.DatabaseKind.CLICKHOUSE, sql, parameters, wanted);
    Intent intent = Intents.of(cluster.nodes().get(0).ref());
    expectation.submit(intent, step, () -> {});
    return await()
        .until(
            () -> expectation.observe(intent, step, Intents.ownLease()),
            view -> !(view instanceof EffectView.Running));
  }
}
