package com.posthog.asyncmigrations.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedPostgres.class)
class LeasesIT {
  private static final Servers SCOPE = new Servers("scope", List.of("node"), "database");
  private static final MigrationKey KEY = Records.KEY;
  private static final MigrationKey OTHER = new MigrationKey("prod", "other", "0002_other");
  private static final Leases.Times RENEWING = times(1_500, 300, 500);
  private static final Leases.Times NOT_RENEWING = times(1_500, 3_600_000, 500);

  private final ManualClock clock = new ManualClock();
  private final AtomicLong skipped = new AtomicLong();
  private final List<Leases> opened = new ArrayList<>();
  private SharedPostgres.Fresh fresh;

  @BeforeEach
  void create(SharedPostgres.Fresh given) {
    fresh = given;
    new Schema(fresh.open()).upgrade();
  }

  @AfterEach
  void close() {
    opened.forEach(Leases::close);
  }

  @Test
  void oneOfTwoProcessesHoldsIt() {
    Leases one = process("one", RENEWING);
    Leases two = process("two", RENEWING);
    assertThat(one.look(SCOPE, KEY)).isEqualTo(new LeaseView.Free());
    LeaseView.Held held = one.take(SCOPE, KEY).orElseThrow();
    assertThat(held).isEqualTo(new LeaseView.Held(1, clock.instant()));
    assertThat(one.look(SCOPE, KEY)).isEqualTo(held);
    assertThat(one.take(SCOPE, KEY)).contains(held);

    assertThat(two.take(SCOPE, KEY)).isEmpty();
    assertThat(taken(two, KEY).by().reason()).isEqualTo(Reason.LeaseHeldElsewhere);
    assertThat(taken(two, KEY).by().message()).contains("one").contains("until 2");
    assertThat(two.stillHeld(SCOPE, KEY, 1)).isFalse();
    assertThat(two.take(new Servers("another scope", List.of("other"), "database"), KEY))
        .isPresent();
  }

  @Test
  void twoScopesThatShareAServerExcludeEachOther() {
    Servers more = new Servers("more", List.of("another", "node"), "database");
    process("one", RENEWING).take(SCOPE, KEY);
    for (Leases any : List.of(opened.get(0), process("two", RENEWING))) {
      LeaseView view = any.look(more, OTHER);
      assertThat(((LeaseView.Taken) view).by().reason()).isEqualTo(Reason.AnotherRuns);
      assertThat(any.take(more, OTHER)).isEmpty();
    }

    opened.get(0).giveBack(SCOPE, KEY);

    assertThat(opened.get(1).take(more, OTHER)).isPresent();
    assertThat(opened.get(0).take(SCOPE, KEY)).isEmpty();
  }

  @Test
  void whatIsLeftToExpireIsRenewedNoMore() {
    Leases one = process("one", RENEWING);
    one.take(SCOPE, KEY);
    one.letExpire(SCOPE, OTHER);
    assertThat(one.count()).isEqualTo(1);

    one.letExpire(SCOPE, KEY);

    assertThat(one.count()).isZero();
    assertThat(process("two", RENEWING).take(SCOPE, KEY).orElseThrow().token()).isEqualTo(2);
  }

  @Test
  void anotherMigrationWaitsAlsoInTheSameProcess() {
    Leases one = process("one", RENEWING);
    one.take(SCOPE, KEY);
    for (Leases leases : List.of(one, process("two", RENEWING))) {
      assertThat(leases.take(SCOPE, OTHER)).isEmpty();
      assertThat(taken(leases, OTHER).by().reason()).isEqualTo(Reason.AnotherRuns);
      assertThat(taken(leases, OTHER).by().message()).contains("prod/events/0001_events");
    }
  }

  @Test
  void renewalKeepsItForLongerThanItsLength() {
    Leases one = process("one", RENEWING);
    Leases two = process("two", RENEWING);
    one.take(SCOPE, KEY);
    await()
        .during(Duration.ofSeconds(4))
        .atMost(Duration.ofSeconds(10))
        .until(() -> one.stillHeld(SCOPE, KEY, 1) && two.take(SCOPE, KEY).isEmpty());
  }

  @Test
  void aHolderThatDoesNotRenewStopsBelievingBeforeAnybodyElseMayTakeIt() {
    Leases one = process("one", NOT_RENEWING);
    Leases two = process("two", RENEWING);
    one.take(SCOPE, KEY);
    await().pollInterval(Duration.ofMillis(20)).until(() -> !one.stillHeld(SCOPE, KEY, 1));
    assertThat(two.take(SCOPE, KEY)).isEmpty();

    await().until(() -> two.look(SCOPE, KEY) instanceof LeaseView.Free);
    assertThat(two.take(SCOPE, KEY).orElseThrow().token()).isEqualTo(2);
    assertThat(taken(one, KEY).by().reason()).isEqualTo(Reason.LeaseHeldElsewhere);
    one.giveBack(SCOPE, KEY);
    assertThat(two.stillHeld(SCOPE, KEY, 2)).isTrue();
    assertThat(one.take(SCOPE, KEY)).isEmpty();
  }

  @Test
  void aHolderThatWasPausedHasLostItForGood() {
    Leases one = process("one", times(60_000, 200, 5_000));
    one.take(SCOPE, KEY);
    skipped.addAndGet(Duration.ofSeconds(56).toNanos());
    assertThat(one.stillHeld(SCOPE, KEY, 1)).isFalse();
    skipped.addAndGet(-Duration.ofSeconds(56).toNanos());
    assertThat(one.stillHeld(SCOPE, KEY, 1)).isFalse();
    // The row is still this process's own, and that does not make it the holder again.
    assertThat(taken(one, KEY).by().reason()).isEqualTo(Reason.LeaseHeldElsewhere);
    assertThat(one.take(SCOPE, KEY)).isEmpty();
  }

  @Test
  void aRenewalThatComesTooLateEndsTheBelief() {
    Leases one = process("one", times(60_000, 200, 5_000));
    one.take(SCOPE, KEY);
    fresh.asSuperuser("UPDATE async_migrations.lease SET expires_at = clock_timestamp()");
    await().until(() -> !one.stillHeld(SCOPE, KEY, 1));
    assertThat(one.take(SCOPE, KEY).orElseThrow().token()).isEqualTo(2);
    assertThat(one.stillHeld(SCOPE, KEY, 1)).isFalse();
    assertThat(one.stillHeld(SCOPE, KEY, 2)).isTrue();
  }

  @Test
  void givingItBackFreesItAndKeepsTheToken() {
    Leases one = process("one", RENEWING);
    Leases two = process("two", RENEWING);
    one.take(SCOPE, KEY);
    one.giveBack(SCOPE, OTHER);
    assertThat(one.stillHeld(SCOPE, KEY, 1)).isTrue();
    two.giveBack(SCOPE, KEY);
    assertThat(two.take(SCOPE, KEY)).isEmpty();

    one.giveBack(SCOPE, KEY);
    assertThat(one.stillHeld(SCOPE, KEY, 1)).isFalse();
    assertThat(one.look(SCOPE, KEY)).isEqualTo(new LeaseView.Free());
    assertThat(two.take(SCOPE, OTHER).orElseThrow().token()).isEqualTo(2);
  }

  @Test
  void manyProcessesAtOnceGetItOnce() {
    List<Leases> many = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      many.add(process("process" + i, RENEWING));
    }
    assertThat(many.parallelStream().filter(l -> l.take(SCOPE, KEY).isPresent())).hasSize(1);
  }

  private Leases process(String name, Leases.Times times) {
    Leases leases =
        new Leases(fresh.open(), name, clock, () -> System.nanoTime() + skipped.get(), times);
    opened.add(leases);
    return leases;
  }

  private static LeaseView.Taken taken(Leases leases, MigrationKey key) {
    LeaseView view = leases.look(SCOPE, key);
    assertThat(view).isInstanceOf(LeaseView.Taken.class);
    return (LeaseView.Taken) view;
  }

  private static Leases.Times times(long length, long renewal, long margin) {
    return new Leases.Times(
        Duration.ofMillis(length), Duration.ofMillis(renewal), Duration.ofMillis(margin));
  }
}
