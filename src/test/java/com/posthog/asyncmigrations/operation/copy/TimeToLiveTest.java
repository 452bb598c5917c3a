package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeToLiveTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "MergeTree ORDER BY k SETTINGS index_granularity = 8192 | \"\"",
        "MergeTree ORDER BY k TTL d + toIntervalDay(1) SETTINGS a = 1 | d + toIntervalDay(1)",
        "MergeTree ORDER BY k TTL d + toIntervalDay(1) | d + toIntervalDay(1)",
        "MergeTree ORDER BY ` TTL ` SETTINGS a = 1 | \"\"",
        "MergeTree('/a TTL b', 'r') ORDER BY k | \"\"",
        "MergeTree ORDER BY k TTL f(d, 1), e + toIntervalWeek(3) | f(d, 1);e + toIntervalWeek(3)",
        "MergeTree ORDER BY k TTL d TO VOLUME 'cold', e TO DISK 'x, y', c RECOMPRESS CODEC(ZSTD(17)) | \"\"",
        "MergeTree ORDER BY k TTL d TO VOLUME 'cold', e + toIntervalDay(9) SETTINGS a = 1 | e + toIntervalDay(9)",
        "MergeTree ORDER BY k TTL d WHERE (k > 3) AND (s IN ('a, SETTINGS ', 'b\\\\'')), e | d if (k > 3) AND (s IN ('a, SETTINGS ', 'b\\\\''));e",
        "MergeTree ORDER BY k TTL d GROUP BY k SET s = sum(s), d = max(d) | grouped",
      })
  void whatIsRemovedAndWhen(String definition, String deletions) {
    TimeToLive seen = TimeToLive.of(definition);

    assertThat(
            seen.groups()
                ? "grouped"
                : seen.deletions().stream()
                    .map(d -> d.time() + d.where().map(" if "::concat).orElse(""))
                    .collect(Collectors.joining(";")))
        .isEqualTo(deletions);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "CREATE TABLE a.b (`k` UInt64, `v` String TTL d + toIntervalDay(3), `d` Date) ENGINE = MergeTree ORDER BY k | true",
        "CREATE TABLE a.b (`k` UInt64, `v` String COMMENT 'a TTL b', `d` Date) ENGINE = MergeTree ORDER BY k | false",
        "CREATE TABLE a.b (`k` UInt64, `a TTL b` String) ENGINE = MergeTree ORDER BY k TTL d + toIntervalDay(3) | false",
        "CREATE TABLE a.b (`k` UInt64, `d` Date MATERIALIZED toDate(k)) ENGINE = MergeTree ORDER BY k TTL d | false",
      })
  void whetherColumnsHaveOneOfTheirOwn(String creation, boolean have) {
    assertThat(TimeToLive.ofColumns(creation)).isEqualTo(have);
  }

  @Test
  void theRowsThatLast() {
    List<TimeToLive.Deletion> deletions =
        TimeToLive.of("M ORDER BY k TTL d, e WHERE k > 3").deletions();

    assertThat(deletions)
        .extracting(deletion -> deletion.lastsBeyond(1_700_000_000))
        .containsExactly(
            "ifNull(nullIf(toInt64(toDateTime64(d, 0)), 0) > 1700000000, true)",
            "(ifNull(nullIf(toInt64(toDateTime64(e, 0)), 0) > 1700000000, true) OR NOT ifNull(k > 3, 0))");
  }
}
