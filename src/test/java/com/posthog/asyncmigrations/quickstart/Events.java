package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.net.http.HttpClient;
import java.time.YearMonth;
import java.util.List;
import java.util.function.LongConsumer;

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

  private static final String KEYS =
      """
      SELECT sorting_key, sampling_key FROM system.tables
      WHERE database = currentDatabase() AND name = '%s'
      """;

  /** The number of a row is in its offset; a bitmap of them takes little memory. */
  private static final String ROWS =
      """
      SELECT count(), groupBitmap(_offset), countIf(_offset < %2$d),
        sumIf(cityHash64(%3$s), _offset < %2$d)
      FROM %1$s
      """;

  private static final String COLUMNS =
      "uuid, event, properties, timestamp, team_id, distinct_id, elements_chain, created_at, _timestamp, _offset";

  private final TestDatabase database;

  Events(TestDatabase database) {
    this.database = database;
  }

  /**
   * What is true of a table.
   *
   * @param rows how many it has
   * @param different how many of those have a number of their own
   * @param first how many of those it was filled with
   * @param content a sum of their hashes, over all columns
   */
  record Facts(
      long rows,
      long different,
      long first,
      String content,
      String sortingKey,
      String samplingKey) {}

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
      database.run(insert(FIRST.plusMonths(i), from, until - from));
    }
    progress.accept(rows);
  }

  /**
   * Events that arrive now.
   *
   * @param late whether they are of the last month that the table was filled with, or of the next
   * @param from the number of the first one
   * @throws RuntimeException when the server does not say that it has them
   */
  void arrive(HttpClient connections, boolean late, long from, long rows) {
    database.run(connections, insert(FIRST.plusMonths(late ? MONTHS - 1 : MONTHS), from, rows));
  }

  private static String insert(YearMonth month, long from, long rows) {
    return FILL.formatted(month, month.lengthOfMonth() * 86_400_000_000L, from, rows);
  }

  /** Whether there is a table of this name. */
  boolean has(String table) {
    return "1".equals(database.run("EXISTS TABLE " + table));
  }

  /**
   * What is true of the table of this name.
   *
   * @param filled how many rows it was filled with
   */
  Facts facts(String table, long filled) {
    List<String> keys = row(KEYS.formatted(table));
    List<String> rows = row(ROWS.formatted(table, filled, COLUMNS));
    return new Facts(
        Long.parseLong(rows.get(0)),
        Long.parseLong(rows.get(1)),
        Long.parseLong(rows.get(2)),
        rows.get(3),
        keys.get(0),
        keys.get(1));
  }

  private List<String> row(String query) {
    return List.of(database.run(query).split("\t", -1));
  }
}
