package com.posthog.asyncmigrations.postgres;

import static com.posthog.asyncmigrations.postgres.Records.KEY;
import static com.posthog.asyncmigrations.postgres.Records.error;
import static com.posthog.asyncmigrations.postgres.Records.first;
import static com.posthog.asyncmigrations.postgres.Records.intent;
import static com.posthog.asyncmigrations.postgres.Records.recorded;
import static com.posthog.asyncmigrations.postgres.Records.running;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedPostgres.class)
class LedgerIT {
  private static final Servers SCOPE = new Servers("scope", List.of("node"), "database");
  private static final Recorded NOTHING = Recorded.NOTHING;
  private static final Recorded FIRST = running(1, first(1), Optional.empty());

  private SharedPostgres.Fresh fresh;
  private Leases leases;
  private LeaseView.Held lease;
  private Ledger ledger;

  @BeforeEach
  void create(SharedPostgres.Fresh given) {
    fresh = given;
    PostgresDatabase database = fresh.open();
    new Schema(database).upgrade();
    leases = new Leases(database, "one", Clock.systemUTC(), System::nanoTime, Leases.Times.DEFAULT);
    lease = leases.take(SCOPE, KEY).orElseThrow();
    ledger = new Ledger(database, "one");
  }

  @AfterEach
  void close() {
    leases.close();
  }

  @Test
  void remembers() {
    assertThat(ledger.read(KEY)).isEmpty();
    ledger.write(KEY, SCOPE, lease, NOTHING, FIRST);
    assertThat(ledger.read(KEY)).contains(FIRST);
    ledger.write(KEY, SCOPE, lease, FIRST, Records.rich());
    assertThat(ledger.read(KEY)).contains(Records.rich());
    assertThat(fresh.value("SELECT count(*) FROM async_migrations.plan")).isEqualTo("1");
    assertThat(ledger.read(new MigrationKey("prod", "events", "0002_next"))).isEmpty();
  }

  @Test
  void remembersWhatHadNoRunUnderAnyRevision() {
    Recorded waiting = new Recorded(4, NOTHING.phase(), 0, 1, Optional.empty(), Optional.empty());
    ledger.write(KEY, SCOPE, lease, waiting, running(5, first(1), Optional.empty()));
    assertThat(ledger.read(KEY).orElseThrow().revision()).isEqualTo(5);
  }

  @Test
  void refusesWhatFollowsOnSomethingOld() {
    Recorded second = running(2, first(1), Optional.of(intent(1, 1)));
    ledger.write(KEY, SCOPE, lease, NOTHING, FIRST);
    ledger.write(KEY, SCOPE, lease, FIRST, second);
    refuses(lease, FIRST, running(2, first(1), Optional.empty()));
    refuses(lease, NOTHING, FIRST);
    assertThat(ledger.read(KEY)).contains(second);
  }

  @Test
  void refusesARunWhoseRowWasLost() {
    refuses(lease, FIRST, running(2, first(1), Optional.empty()));
    assertThat(ledger.read(KEY)).isEmpty();
  }

  @Test
  void refusesAHolderWhoseTokenIsStale() {
    fresh.asSuperuser("UPDATE async_migrations.lease SET token = 2");
    refuses(lease, NOTHING, FIRST);
    assertThat(fresh.value("SELECT count(*) FROM async_migrations.plan")).isEqualTo("0");
  }

  @Test
  void refusesAHolderWhoseLeaseHasExpired() {
    fresh.asSuperuser("UPDATE async_migrations.lease SET expires_at = clock_timestamp()");
    refuses(lease, NOTHING, FIRST);
  }

  @Test
  void refusesAnotherProcessWithTheSameToken() {
    Ledger other = new Ledger(fresh.open(), "two");
    assertThatThrownBy(() -> other.write(KEY, SCOPE, lease, NOTHING, FIRST))
        .isInstanceOf(Ledger.Overtaken.class);
  }

  @Test
  void appendsEachErrorOnceInOrder() {
    Recorded one = recorded(1, first(1), Optional.empty(), List.of(error(2), error(1)));
    Recorded two = recorded(2, first(1), Optional.empty(), List.of(error(3), error(2)));
    ledger.write(KEY, SCOPE, lease, NOTHING, one);
    ledger.write(KEY, SCOPE, lease, one, two);
    assertThat(
            fresh.value(
                "SELECT string_agg(message || ' ' || operation || ' ' || reason, ', ' ORDER BY id)"
                    + " FROM async_migrations.error WHERE run_id = '0a1b2c3d'"))
        .isEqualTo(
            "error 1 op StatementFailed, error 2 op StatementFailed, error 3 op StatementFailed");
  }

  @Test
  void doesNotForgetAStepThatHasCommittedAfterAll() {
    Recorded begun = running(1, first(1), Optional.of(intent(1, 1)));
    ledger.write(KEY, SCOPE, lease, NOTHING, begun);
    fresh.asSuperuser(
        "INSERT INTO async_migrations.step VALUES ('" + intent(1, 1).effectId() + "', 'r')");

    refuses(lease, begun, running(2, first(1), Optional.empty())); // as if it had not run
    refuses(lease, begun, running(2, first(2), Optional.empty()));
    refuses(lease, begun, running(2, first(2), Optional.of(intent(2, 1))));
    ledger.write(KEY, SCOPE, lease, begun, running(2, first(1), Optional.of(intent(1, 2))));
    ledger.write(
        KEY,
        SCOPE,
        lease,
        running(2, first(1), Optional.of(intent(1, 2))),
        running(3, first(1).nextStep(), Optional.empty())); // as finished
    assertThat(ledger.read(KEY).orElseThrow().revision()).isEqualTo(3);
  }

  private void refuses(LeaseView.Held held, Recorded before, Recorded next) {
    assertThatThrownBy(() -> ledger.write(KEY, SCOPE, held, before, next))
        .isInstanceOf(Ledger.Overtaken.class);
  }
}
