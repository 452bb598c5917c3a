package com.posthog.asyncmigrations.operation.batch;

import static com.posthog.asyncmigrations.operation.batch.Copying.step;
import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be copied so that it can be told afterwards is refused by name. */
class CopiesFromPostgresRefusalIT extends FromPostgres {

  CopiesFromPostgresRefusalIT(TestDatabase clickHouse) {
    super(clickHouse);
  }

  @Test
  void aValueThatDoesNotFitEndsIt() {
    run("UPDATE t SET name = NULL WHERE id = 3");
    Problem problem = failed(operator.run(FIRST, step(1_000)));
    assertThat(problem.reason()).isEqualTo(Reason.StatementFailed);
    assertThat(problem.message()).contains("code ");
    assertThat(rows()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "id UInt64, MergeTree ORDER BY id, has no column name to write to",
    "'id String, name String', MergeTree ORDER BY id, it must be an integer",
    "'id Nullable(UInt64), name String', MergeTree ORDER BY name, not Nullable",
    "'id UInt64, name String', Memory, has engine Memory",
    "'id UInt64, name String', MergeTree ORDER BY id TTL toDateTime(id) + INTERVAL 1 DAY, has a TTL",
    "'id UInt64, name String MATERIALIZED toString(id)', MergeTree ORDER BY id, has no column name"
  })
  void refusesWhatCannotBeToldAfterwards(String columns, String engine, String says) {
    clickHouse.run("CREATE OR REPLACE TABLE t (%s) ENGINE %s".formatted(columns, engine));
    Problem problem = failed(operator.run(FIRST, step(1_000)));
    assertThat(problem.reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(problem.message()).contains(says);
  }

  @Test
  void refusesATableThatHasSuchRowsOrViews() {
    clickHouse.run("INSERT INTO t VALUES (17, 'here'), (9999, 'beyond')");
    assertThat(failed(operator.run(FIRST, step(1_000))).message()).contains("has 1 rows already");

    clickHouse.run("TRUNCATE TABLE t");
    clickHouse.run("CREATE MATERIALIZED VIEW v ENGINE Memory AS SELECT id FROM t");
    operator.flights.forget(FIRST.effectId());
    assertThat(failed(operator.run(FIRST, step(1_000))).message())
        .contains("materialized views (v)");
    clickHouse.run("DROP VIEW v SYNC");
  }

  @Test
  void refusesAKeyThatClickHouseOrdersOtherwise() {
    run("ALTER TABLE t ALTER name SET NOT NULL, ADD UNIQUE (name)");
    boolean bytes =
        "C"
            .equals(
                fresh.value(
                    "SELECT datcollate FROM pg_database WHERE datname = current_database()"));
    if (bytes) {
      run("ALTER TABLE t ALTER name TYPE text COLLATE \"en-x-icu\"");
    }
    assertThat(failed(operator.run(FIRST, step(List.of("name"), Map.of(), 1_000))).message())
        .contains("collation other than C");
  }
}
