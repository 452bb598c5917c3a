package com.posthog.asyncmigrations.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlTextTest {

  @Test
  void findsParametersInTheirOrder() {
    assertThat(SqlText.parameters("SELECT {a:UInt8}, {b_2:Array(String)}, {a:UInt8}"))
        .isEqualTo(List.of("a", "b_2", "a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT '{a:UInt8}'",
        "SELECT 'it''s {a:UInt8}'",
        "SELECT 'a \\' {a:UInt8}'",
        "SELECT \"{a:UInt8}\"",
        "SELECT `{a:UInt8}`",
        "SELECT 1 -- {a:UInt8}",
        "SELECT 1 /* {a:UInt8} */",
        "DO $$ {a:UInt8} $$",
        "DO $x$ {a:UInt8} $$ $x$",
        "SELECT {a}",
        "SELECT '{\"a\": 1}'::jsonb"
      })
  void passesOverQuotedTextAndComments(String sql) {
    assertThat(SqlText.parameters(sql)).isEmpty();
  }

  @Test
  void aBackslashIsALetterInPostgresUnlessTheStringSaysOtherwise() {
    String sql = "SELECT 'C:\\', {a:text}, E'it\\'s {b:text}', '{c:text}'";

    assertThat(SqlText.postgresParameters(sql)).containsExactly("a");
    assertThat(SqlText.positional(sql)).contains("'C:\\', CAST(? AS text), E'it");
  }

  @Test
  void givesPostgresCastPlaceholdersAndEscapesItsOwnOperators() {
    assertThat(SqlText.positional("UPDATE t SET a = {a:bigint} WHERE j ? 'k' AND s = '?'"))
        .isEqualTo("UPDATE t SET a = CAST(? AS bigint) WHERE j ?? 'k' AND s = '?'");
  }

  @Test
  void putsTheBatchWhereItBelongs() {
    assertThat(SqlText.takesBatch("UPDATE t SET a = 1 WHERE {batch}")).isTrue();
    assertThat(SqlText.takesBatch("UPDATE t SET a = '{batch}' -- {batch}")).isFalse();
    assertThat(
            SqlText.forBatch(
                "UPDATE t SET a = '{batch}', b = {b:int} WHERE {batch} OR ({batch})", "\"$1\" > 0"))
        .isEqualTo("UPDATE t SET a = '{batch}', b = {b:int} WHERE \"$1\" > 0 OR (\"$1\" > 0)");
  }
}
