package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Somebody changes rows of a table between the last look at it and its exchange. */
class LateMutationIT extends Moving {
  private static final TableCopy COPY = Mover.live("t", "n", 50_000);

  private final CuttingProxy proxy;
  private final Mover proxied;

  LateMutationIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
    proxy = new CuttingProxy(database.server().host(), database.server().httpPort());
    proxied = new Mover(Clusters.through(proxy.port(), database), postgres);
  }

  @BeforeEach
  void copied() {
    months();
    run(
        "CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toMonday(d) ORDER BY (v, k)");
    proxied.startCopy(COPY);
    assertThat(proxied.end()).isInstanceOf(EffectView.Finished.class);
  }

  @AfterEach
  void disconnect() {
    proxied.close();
    proxy.close();
  }

  @Test
  void anExchangeThatLacksItIsUndone() {
    whileTheExchangeIsOnItsWay(
        () -> proxied.startExchange(COPY, "backup"),
        "ALTER TABLE t DELETE WHERE k < 10 SETTINGS mutations_sync = 1");

    assertThat(lacked().message()).startsWith("a mutation of " + database.name() + ".backup began");
    mergesAreOn("t");
    proxied.startExchange(COPY, "backup");
    assertThat(lacked().reason()).as("it still does").isEqualTo(Reason.SourceChanged);
    proxied.startWayBack(COPY, "backup");
    assertThat(proxied.end()).isInstanceOf(EffectView.Finished.class);
    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("SELECT count(), min(k) FROM t")).isEqualTo("199990\t10");
    mergesAreOn("t");
  }

  /** It has not changed any part yet. */
  @Test
  void oneThatHasNotEndedIsNoticedToo() {
    whileTheExchangeIsOnItsWay(
        () -> proxied.startExchange(COPY, "backup"),
        "ALTER TABLE t UPDATE v = if(sleepEachRow(0.02) = 0, 'x', '') WHERE k < 1000"
            + " SETTINGS mutations_sync = 0, function_sleep_max_microseconds_per_block = 0");

    assertThat(lacked().reason()).isEqualTo(Reason.SourceChanged);
    run("KILL MUTATION WHERE database = currentDatabase() SYNC");
  }

  /** Everything else is done, and a person repeats the mutation. */
  @Test
  void aWayBackThatLacksItSaysSoOnce() {
    proxied.startExchange(COPY, "backup");
    assertThat(proxied.end()).isInstanceOf(EffectView.Finished.class);
    String delete = "ALTER TABLE t DELETE WHERE k < 10 SETTINGS mutations_sync = 1";
    run("INSERT INTO t VALUES (5000000, '2024-01-03', 'x')");

    whileTheExchangeIsOnItsWay(() -> proxied.startWayBack(COPY, "backup"), delete);

    assertThat(lacked().message())
        .isEqualTo(
            "a mutation of %s.n began just before the tables were exchanged: its copy, which has its name now, lacks it until it is repeated"
                .formatted(database.name()));
    mergesAreOn("t");
    nothingIsLeft();
    run(delete);
    proxied.startWayBack(COPY, "backup");
    assertThat(proxied.end()).isInstanceOf(EffectView.Finished.class);
    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("SELECT count(), min(k), countIf(v = 'x') FROM t")).isEqualTo("199991\t10\t1");
  }

  private void whileTheExchangeIsOnItsWay(Runnable start, String mutation) {
    int before = proxy.received(LateMutationIT::exchanges);
    proxy.hold(LateMutationIT::exchanges);
    start.run();
    await().until(() -> proxy.received(LateMutationIT::exchanges) > before);
    run(mutation);
    proxy.release();
  }

  private static boolean exchanges(String request) {
    return request.contains("EXCHANGE TABLES");
  }

  private Problem lacked() {
    EffectView end = proxied.end();
    assertThat(end).isInstanceOf(EffectView.Failed.class);
    return ((EffectView.Failed) end).problem();
  }
}
