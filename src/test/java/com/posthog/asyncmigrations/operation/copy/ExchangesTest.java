package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseProblems;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExchangesTest {

  /** The code tells, whatever the server's words are. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60  | Table p.n__swap_l1_t2 does not exist. (UNKNOWN_TABLE) | true",
        "60  | Table p.n__swap_l1_t2 doesn't exist                   | true",
        "60  | Table p.n does not exist. (UNKNOWN_TABLE)             | false",
        "241 | p.n__swap_l1_t2: too much, not UNKNOWN_TABLE          | false"
      })
  void aTableThatWasRenamedByAPredecessorIsKnownByItsCode(int code, String text, boolean fenced) {
    assertThat(Exchanges.fenced(ClickHouseProblems.answered(code, text))).isEqualTo(fenced);
  }

  @ParameterizedTest
  @CsvSource({"there is no table p.n__swap_l1_t2", "UNKNOWN_TABLE p.n__swap_l1_t2"})
  void wordsAloneTellNothing(String text) {
    assertThat(Exchanges.fenced(new Problem(Reason.InvalidPlan, text))).isFalse();
  }
}
