package com.posthog.asyncmigrations.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionControlTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "commit",
        " Begin; UPDATE t SET x = 1",
        "START  TRANSACTION",
        "UPDATE t SET x = 1; COMMIT; UPDATE t SET x = 2",
        "UPDATE t SET x = 1;\n-- now\n/* really */ ROLLBACK",
        "-- first\nCOMMIT"
      })
  void isFoundWhereverItStands(String sql) {
    assertThat(SqlText.controlsTransaction(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE t SET s = '; COMMIT'",
        "DO $$ BEGIN UPDATE t SET x = 1; COMMIT; END $$",
        "UPDATE t SET x = 1; -- ; COMMIT",
        "SELECT CASE WHEN x THEN 1 END FROM t; SELECT commit_log FROM t",
        "UPDATE t SET \"a;\" = 1 /* ; END */"
      })
  void isNotSeenInQuotesCommentsOrNames(String sql) {
    assertThat(SqlText.controlsTransaction(sql)).isFalse();
  }
}
