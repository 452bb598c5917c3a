package com.posthog.asyncmigrations.operation.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeededGrantsTest {
  private static final TableCopy LIVE = copy(true, false);

  private static TableCopy copy(boolean live, boolean hardLinks) {
    return new TableCopy("t", "o.n", Map.of(), List.of(), live, 1, Map.of(), hardLinks);
  }

  private static List<String> of(Step step) {
    return of(step, "none");
  }

  private static List<String> of(Step step, String projected) {
    return Grant.statements(
        step.fold(new NeededGrants("db", table -> table.name().equals(projected))));
  }

  @Test
  void aCopyAltersBothTablesAndMakesScratchesOfItsOwn() {
    assertThat(of(new CopyTable(LIVE, false)))
        .containsExactly(
            "GRANT TABLE ENGINE ON MergeTree",
            "GRANT ALTER SETTINGS, SELECT ON `db`.`t`",
            "GRANT ALTER DELETE, ALTER SETTINGS, INSERT, SELECT ON `o`.`n`",
            "GRANT CREATE TABLE, DROP TABLE, INSERT, SELECT ON `o`.n__am_*");
    assertThat(of(new CopyTable(copy(false, false), false))).contains("GRANT SELECT ON `db`.`t`");
    assertThat(of(new CopyTable(copy(false, true), false)))
        .containsExactly(
            "GRANT SELECT ON `db`.`t`",
            "GRANT ALTER DELETE, ALTER SETTINGS, INSERT, SELECT ON `o`.`n`");
    assertThat(of(new CopyTable(LIVE, true))).anyMatch(g -> g.contains("TRUNCATE"));
  }

  @Test
  void anExchangeNeedsFourOnEveryNameAlsoOnItsWayBack() {
    assertThat(of(new ExchangeTables(LIVE, "before", false)))
        .containsExactly(
            "GRANT TABLE ENGINE ON MergeTree",
            "GRANT CREATE TABLE, DROP TABLE, INSERT, SELECT ON `db`.`before`",
            "GRANT ALTER DELETE, ALTER SETTINGS, CREATE TABLE, DROP TABLE, INSERT, SELECT ON `db`.`t`",
            "GRANT CREATE TABLE, DROP TABLE, INSERT, SELECT ON `db`.before__am_*",
            "GRANT ALTER DELETE, ALTER SETTINGS, CREATE TABLE, DROP TABLE, INSERT, SELECT ON `db`.before__swap_*",
            "GRANT CREATE TABLE, DROP TABLE, INSERT, SELECT ON `o`.`n`",
            "GRANT ALTER DELETE, ALTER SETTINGS, CREATE TABLE, DROP TABLE, INSERT, SELECT ON `o`.n__swap_*");
  }

  /** Without block numbers no rows are moved after an exchange. */
  @ParameterizedTest
  @CsvSource({"true, t, true", "true, n, false", "false, t, false"})
  void theWayBackOfATableWithProjectionsNeedsOneMore(
      boolean live, String projected, boolean needed) {
    List<String> grants = of(new ExchangeTables(copy(live, false), "before", false), projected);

    assertThat(grants)
        .anyMatch(g -> g.matches("GRANT ALTER DELETE, .* ON `db`.before__swap_\\*"))
        .filteredOn(g -> g.contains("ALTER MATERIALIZE PROJECTION"))
        .hasSize(needed ? 1 : 0)
        .allMatch(g -> g.endsWith(" ON `db`.before__swap_*"));
  }

  @Test
  void theRestByWhatItDoes() {
    assertThat(of(new Step.Mutate("t", "UPDATE x = 1 WHERE 1", Map.of(), Map.of())))
        .containsExactly("GRANT ALTER UPDATE ON `db`.`t`");
    assertThat(of(new Step.CompareTables("t", "o.n", List.of(), Optional.empty(), Map.of())))
        .containsExactly("GRANT SELECT ON `db`.`t`", "GRANT SELECT ON `o`.`n`");
    assertThat(of(new Step.RunJob("{}", 0))).isEmpty();
  }
}
