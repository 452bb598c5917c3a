package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.YearMonth;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** PostHog's {@code events} table as it was before 0002, with a year of events. */
final class Events {
  private static final YearMonth FIRST = YearMonth.of(2021, 3);
  private static final int MONTHS = 12;
  private static final String CREATE =
      """
      CREATE TABLE events
      (
        uuid UUID,
        event String,
        properties String CODEC(ZSTD(3)),
        timestamp DateTime64(6, 'UTC'),
        team_id Int64,
        distinct_id String,
        elements_chain String,
        created_at DateTime64(6, 'UTC'),
        _timestamp DateTime,
        _offset UInt64
      )
      ENGINE = ReplacingMergeTree(_timestamp)
      PARTITION BY toYYYYMM(timestamp)
      ORDER BY (team_id, toDate(timestamp), distinct_id, uuid)
      SAMPLE BY uuid
      SETTINGS check_sample_column_is_correct = 0
      """;

  /** Every value follows from the row's number: two runs have the same events. */
  private static final String FILL =
      """
      INSERT INTO events
      SELECT
        reinterpret(hash128, 'UUID'),
        ['$pageview', '$autocapture', '$pageview', '$pageleave', '$identify', 'signed up', 'paid'][1 + h %% 7],
        concat(
          '{"$browser":"', ['Chrome', 'Firefox', 'Safari', 'Edge'][1 + intDiv(h, 7) %% 4],
          '","$current_url":"https://app.example.com/project/', toString(intDiv(h, 28) %% 500),
          '","$lib":"web","$screen_width":', toString(800 + intDiv(h, 999) %% 1200), '}'),
        addMicroseconds(toDateTime64('%1$s-01 00:00:00', 6, 'UTC'), h %% %2$d),
        1 + intDiv(h, 3) %% 3,
        concat('person-', toString(intDiv(h, 5) %% 50000)),
        '',
        addMicroseconds(toDateTime64('%1$s-01 00:00:00', 6, 'UTC'), h %% %2$d),
        toDateTime('%1$s-01 00:00:00', 'UTC'),
        n
      FROM
      (
        SELECT number AS n, cityHash64(number) AS h, sipHash128(number) AS hash128
        FROM numbers(%3$d, %4$d)
      )
      """;

  private final TestDatabase database;

  Events(TestDatabase database) {
    this.database = database;
  }

  /** What a table is sorted by, and how many rows it has. */
  record Facts(long rows, String sortingKey, String samplingKey) {}

  /**
   * Creates the table and fills it, month by month.
   *
   * @param progress told how many rows there are
   */
  void fill(long rows, LongConsumer progress) {
    database.run(CREATE);
    for (int i = 0; i < MONTHS; i++) {
      long from = rows * i / MONTHS;
      long until = rows * (i + 1) / MONTHS;
      progress.accept(from);
      YearMonth month = FIRST.plusMonths(i);
      long microseconds = month.lengthOfMonth() * 86_400_000_000L;
      database.run(FILL.formatted(month, microseconds, from, until - from));
    }
    progress.accept(rows);
  }

  /** Whether there is a table of this name. */
  boolean has(String table) {
    return "1".equals(database.run("EXISTS TABLE " + table));
  }

  /** What is true of the table of this name. */
  Facts facts(String table) {
    List<String> keys =
        Stream.of(
                database
                    .run(
                        "SELECT sorting_key, sampling_key FROM system.tables"
                            + " WHERE database = currentDatabase() AND name = '%s'"
                                .formatted(table))
                    .split("\t", -1))
            .toList();
    long rows = Long.parseLong(database.run("SELECT count() FROM " + table));
    return new Facts(rows, keys.get(0), keys.get(1));
  }
}
