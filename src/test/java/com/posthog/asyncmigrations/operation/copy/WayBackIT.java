package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An exchange is undone after something has happened to one of the two tables only. */
class WayBackIT extends Moving {
  private static final TableCopy COPY = Mover.live("t", "n", 50_000);

  /** Rows are compared otherwise under one, also if it removes none of them. */
  private static final String TTL = "TTL d + INTERVAL 99 YEAR";

  WayBackIT(TestDatabase database, SharedPostgres.Fresh postgres) {
    super(database, postgres);
  }

  /** A stream has written it there when nobody looked any more. */
  @ParameterizedTest
  @ValueSource(strings = {"", TTL})
  void whatOnlyTheTableAsItWasHasStaysThere(String ttl) {
    exchanged(ttl);
    run("INSERT INTO backup VALUES (5000000, '2024-01-03', 'x')");
    run("INSERT INTO t VALUES (5000001, '2024-01-03', 'x')");

    exchangedBack(COPY);

    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("SELECT count(), uniqExact(k), countIf(v = 'x') FROM t"))
        .isEqualTo("200002\t200002\t2");
  }

  /** A mutation did it just before the exchange, so that the new table has not seen it. */
  @ParameterizedTest
  @ValueSource(strings = {"", TTL})
  void whatWasDeletedInTheTableAsItWasStaysDeleted(String ttl) {
    exchanged(ttl);
    run("ALTER TABLE backup DELETE WHERE k < 10 SETTINGS mutations_sync = 1");
    run("INSERT INTO t VALUES (5000001, '2024-01-03', 'x')");

    exchangedBack(COPY);

    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("SELECT count(), min(k), countIf(v = 'x') FROM t")).isEqualTo("199991\t10\t1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", TTL})
  void whatWasDeletedSinceStaysDeleted(String ttl) {
    exchanged(ttl);
    run("ALTER TABLE t DELETE WHERE k < 10 SETTINGS mutations_sync = 1");

    exchangedBack(COPY);

    assertThat(sortingKey("t")).isEqualTo("k");
    assertThat(run("SELECT count(), min(k) FROM t")).isEqualTo("199990\t10");
  }

  /** Whole partitions come back, and would take the place of it. */
  @ParameterizedTest
  @ValueSource(strings = {"", TTL})
  void whatOnlyTheTableAsItWasHasIsNotLostToAMutationOfTheOther(String ttl) {
    exchanged(ttl);
    run("INSERT INTO backup VALUES (5000000, '2024-01-03', 'x')");
    run("ALTER TABLE t DELETE WHERE k < 10 SETTINGS mutations_sync = 1");

    mover.startWayBack(COPY, "backup");

    Problem refused = problem();
    assertThat(refused.reason()).isEqualTo(Reason.Irreversible);
    assertThat(refused.message())
        .startsWith("a mutation has changed partitions ")
        .contains(" then had 1 rows more than had been copied from it");
    assertThat(sortingKey("t")).isEqualTo("v, k");
  }

  private void exchanged(String ttl) {
    months();
    run(
        "CREATE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toMonday(d) ORDER BY (v, k) "
            + ttl);
    exchanged(COPY);
  }
}
