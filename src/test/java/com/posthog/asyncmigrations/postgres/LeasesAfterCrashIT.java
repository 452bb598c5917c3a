package com.posthog.asyncmigrations.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who may take a lease whose holder has ended without giving it back. */
@ExtendWith(SharedPostgres.class)
class LeasesAfterCrashIT {
  private static final Servers SCOPE = new Servers("scope", List.of("node"), "database");
  private static final MigrationKey KEY = Records.KEY;
  private static final MigrationKey OTHER = new MigrationKey("prod", "other", "0002_other");
  private static final Problem UNDER_WAY =
      new Problem(
          Reason.AnotherRuns,
          "migration prod/events has a run under way, which its operator takes up again; if its resource was"
              + " deleted, apply it again, with desiredState Stopped to end the run");

  private final List<Leases> opened = new ArrayList<>();
  private SharedPostgres.Fresh fresh;
  private Leases dead;
  private Leases successor;
  private LeaseView.Held held;

  @BeforeEach
  void create(SharedPostgres.Fresh given) {
    fresh = given;
    new Schema(fresh.open()).upgrade();
    dead = process("one", Duration.ofMinutes(1));
    successor = process("two", Duration.ofMinutes(1));
    held = dead.take(SCOPE, KEY).orElseThrow();
  }

  @AfterEach
  void close() {
    opened.forEach(Leases::close);
  }

  @Test
  void anotherMigrationDoesNotOvertakeARunThatIsUnderWay() {
    write(Recorded.NOTHING, in(Phase.RUNNING, 1));
    expire();
    assertThat(successor.look(SCOPE, OTHER)).isEqualTo(new LeaseView.Taken(UNDER_WAY));
    assertThat(successor.take(SCOPE, OTHER)).isEmpty();
    assertThat(successor.look(SCOPE, KEY)).isEqualTo(new LeaseView.Free());
    assertThat(successor.take(SCOPE, KEY).orElseThrow().token()).isEqualTo(2);
  }

  @Test
  void whatMattersIsWhetherThePhaseHasARun() {
    Recorded before = Recorded.NOTHING;
    for (Phase phase : Phase.values()) {
      Recorded next = in(phase, before.revision() + 1);
      write(before, next);
      expire();
      assertThat(successor.look(SCOPE, OTHER))
          .as(phase.word())
          .isEqualTo(phase.active() ? new LeaseView.Taken(UNDER_WAY) : new LeaseView.Free());
      fresh.asSuperuser("UPDATE async_migrations.lease SET expires_at = now() + interval '1 hour'");
      before = next;
    }
  }

  @Test
  void anybodyMayTakeItWhenTheRunHasEnded() {
    write(Recorded.NOTHING, in(Phase.RUNNING, 1));
    write(in(Phase.RUNNING, 1), in(Phase.ERRORED, 2));
    expire();
    assertThat(successor.take(SCOPE, OTHER).orElseThrow().token()).isEqualTo(2);
  }

  @Test
  void anybodyMayTakeItWhenNoRunHadBegun() {
    expire();
    assertThat(successor.look(SCOPE, OTHER)).isEqualTo(new LeaseView.Free());
    assertThat(successor.take(SCOPE, OTHER).orElseThrow().token()).isEqualTo(2);
  }

  @Test
  void anybodyMayTakeWhatWasGivenBackDuringARun() {
    write(Recorded.NOTHING, in(Phase.RUNNING, 1));
    dead.giveBack(SCOPE, KEY);
    assertThat(successor.take(SCOPE, OTHER).orElseThrow().token()).isEqualTo(2);
  }

  @Test
  void aPhaseThatOnlyANewerOperatorKnowsCountsAsARun() {
    write(Recorded.NOTHING, in(Phase.RUNNING, 1));
    fresh.asSuperuser(
        "UPDATE async_migrations.migration SET state = state || '{\"phase\": \"BRAND_NEW\"}'");
    expire();
    assertThat(successor.take(SCOPE, OTHER)).isEmpty();
  }

  @Test
  void aRunRecordedInTheLastMomentIsSeen() {
    PostgresDatabase database = fresh.open();
    CompletableFuture<Optional<LeaseView.Held>> taking =
        database.transact(
            connection -> {
              execute(connection, "UPDATE async_migrations.lease SET expires_at = now()");
              connection.commit();
              execute(connection, "SELECT 1 FROM async_migrations.lease FOR SHARE");
              execute(
                  connection,
                  "INSERT INTO async_migrations.migration (namespace, name, migration, revision,"
                      + " state) VALUES ('prod', 'events', '0001_events', 1,"
                      + " '{\"phase\": \"STARTING\"}')");
              assertThat(successor.look(SCOPE, OTHER)).isEqualTo(new LeaseView.Free());
              CompletableFuture<Optional<LeaseView.Held>> started =
                  CompletableFuture.supplyAsync(() -> successor.take(SCOPE, OTHER));
              await()
                  .until(
                      () ->
                          fresh
                              .value(
                                  "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                      + " current_database() AND wait_event_type = 'Lock'")
                              .equals("1"));
              return started;
            });
    assertThat(taking.join()).isEmpty();
  }

  @Test
  void aRebuiltSessionOfTheSameProcessGoesOnAtOnce() {
    write(Recorded.NOTHING, in(Phase.RUNNING, 1));
    dead.close();
    assertThat(dead.stillHeld(SCOPE, KEY, 1)).isFalse();
    assertThat(dead.take(SCOPE, KEY)).isEmpty();
    assertThat(successor.take(SCOPE, OTHER)).isEmpty();
    Leases rebuilt = process("one", Duration.ofMinutes(1));
    assertThat(rebuilt.take(SCOPE, KEY).orElseThrow().token()).isEqualTo(2);
  }

  @Test
  void closingDoesNotTakeAwayWhatWasTakenOver() {
    expire();
    successor.take(SCOPE, KEY);
    dead.close();
    assertThat(fresh.value("SELECT holder FROM async_migrations.lease WHERE expires_at > now()"))
        .isEqualTo("two");
  }

  @Test
  void closingDoesNotWaitForAServerThatDoesNotAnswer() {
    fresh
        .open()
        .transact(
            connection -> {
              execute(connection, "SELECT 1 FROM async_migrations.lease FOR UPDATE");
              assertTimeout(Duration.ofSeconds(6), dead::close);
              return "closed";
            });
  }

  private Leases process(String name, Duration length) {
    Leases leases =
        new Leases(
            fresh.open(),
            name,
            Clock.systemUTC(),
            System::nanoTime,
            new Leases.Times(length, Duration.ofHours(1), Duration.ofSeconds(1)));
    opened.add(leases);
    return leases;
  }

  /** As the holder's death and half a minute would. */
  private void expire() {
    fresh.asSuperuser("UPDATE async_migrations.lease SET expires_at = now()");
  }

  private void write(Recorded before, Recorded next) {
    new Ledger(fresh.open(), "one").write(KEY, SCOPE, held, before, next);
  }

  private static Recorded in(Phase phase, long revision) {
    Recorded running = Records.running(revision, Records.first(1), Optional.empty());
    return new Recorded(revision, phase, 1, 0, Optional.empty(), running.run());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
