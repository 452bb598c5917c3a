package com.posthog.asyncmigrations.core.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.plan.Undo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MakersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE n AS t | true",
        "create or replace table db.n (x Int8) ENGINE MergeTree ORDER BY x | true",
        "CREATE TABLE IF NOT EXISTS `n` AS t | true",
        "RENAME TABLE old TO n | true",
        "CREATE TABLE n2 AS t | false",
        "CREATE TABLE an AS t | false",
        "CREATE TABLE n$ AS t | false",
        "INSERT INTO n SELECT 1 | false",
      })
  void aStatementThatMakesATable(String sql, boolean makes) {
    assertThat(new Makers(List.of(operation("create", statement(sql)))).of("n"))
        .isEqualTo(makes ? Optional.of("create") : Optional.empty());
  }

  @Test
  void theLastOneCountsAndAJobMayMakeAnything() {
    PlannedOperation first = operation("first", statement("CREATE TABLE n AS t"));
    PlannedOperation second = operation("second", statement("CREATE TABLE n AS u"));

    assertThat(new Makers(List.of()).of("n")).isEmpty();
    assertThat(new Makers(List.of(first, second)).of("n")).contains("second");
    assertThat(new Makers(List.of(operation("job", new Step.RunJob("{}", 0)))).of("n"))
        .contains("job");
  }

  @Test
  void anExchangeMakesItsBackup() {
    TableCopy copy = new TableCopy("t", "n", Map.of(), List.of(), true, 1, Map.of());
    Makers makers =
        new Makers(List.of(operation("swap", new ExchangeTables(copy, "before", false))));

    assertThat(makers.of("before")).contains("swap");
    assertThat(makers.of("n")).isEmpty();
  }

  private static Step statement(String sql) {
    return new Step.ClickHouseStatement(sql, Map.of(), Map.of(), OnUnknown.FAIL);
  }

  private static PlannedOperation operation(String name, Step step) {
    return new PlannedOperation(
        name,
        Kind.SQL,
        List.of(step),
        new Undo.NotNeeded(),
        Duration.ofHours(1),
        1,
        Optional.empty(),
        "hash");
  }
}
