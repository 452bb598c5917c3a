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

class NeededGrantsTest {
  private static final TableCopy LIVE = copy(true, false);

  private static TableCopy copy(boolean live, boolean hardLinks) {
    return new TableCopy("t", "o.n", Map.of(), List.of(), live, 1, Map.of(), hardLinks);
  }

  private static List<String> of(Step step) {
    return Grant.statements(step.fold(new NeededGrants("db")));
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

  @Test
  void theRestByWhatItDoes() {
    assertThat(of(new Step.Mutate("t", "UPDATE x = 1 WHERE 1", Map.of(), Map.of())))
        .containsExactly("GRANT ALTER UPDATE ON `db`.`t`");
    assertThat(of(new Step.CompareTables("t", "o.n", List.of(), Optional.empty(), Map.of())))
        .containsExactly("GRANT SELECT ON `db`.`t`", "GRANT SELECT ON `o`.`n`");
    assertThat(of(new Step.RunJob("{}", 0))).isEmpty();
  }
}
