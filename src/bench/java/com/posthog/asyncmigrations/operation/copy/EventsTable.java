package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/** A table like PostHog's events: 241 bytes a row, which a copy gives another sorting key. */
final class EventsTable {
  static final String OLD_KEY = "ORDER BY (team_id, toDate(timestamp), distinct_id, uuid)";
  static final String NEW_KEY =
      "ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), uuid)";

  private static final long BATCH = 1_000_000;

  private final TestDatabase database;

  EventsTable(TestDatabase database) {
    this.database = database;
  }

  /** The table t, with so many rows in so many partitions. */
  void fill(long rows, int partitions) {
    database.run("DROP TABLE IF EXISTS t SYNC");
    create("t", partitions > 1 ? "PARTITION BY toYYYYMM(timestamp)" : "", OLD_KEY);
    for (long from = 0; from < rows; from += BATCH) {
      database.run(
          """
          INSERT INTO t SELECT generateUUIDv4(), number %% 7, ['$pageview', '$autocapture', '$identify', 'signed_up'][1 + number %% 4],
            concat('{"$os":"Linux","$browser":"Firefox","$current_url":"https://example.com/', lower(hex(cityHash64(number))), '/',
              lower(hex(cityHash64(number, 1))), '","$screen":', toString(cityHash64(number, 2) %% 4000), ',"$session":"', toString(cityHash64(number, 3)), '"}'),
            toDateTime64('2024-01-01 00:00:00', 6, 'UTC') + toIntervalMonth(intDiv(number * %d, %d)) + toIntervalSecond(number %% 2000000),
            concat('user-', toString(cityHash64(number %% 100003))), toDateTime('2024-05-01 00:00:00', 'UTC')
          FROM numbers(%d, %d) SETTINGS max_insert_threads = 2, async_insert = 0
          """
              .formatted(partitions, rows, from, Math.min(BATCH, rows - from)));
    }
    await(() -> database.run("SELECT count() FROM system.merges").equals("0"));
  }

  /** An empty table of the same columns. */
  void create(String name, String partitionBy, String key) {
    database.run("DROP TABLE IF EXISTS %s SYNC".formatted(name));
    database.run(
        """
        CREATE TABLE %s (uuid UUID, team_id Int64, event LowCardinality(String), properties String, timestamp DateTime64(6, 'UTC'),
          distinct_id String, created_at DateTime('UTC')) ENGINE = MergeTree %s %s
        """
            .formatted(name, partitionBy, key));
  }

  private static void await(Callable<Boolean> so) {
    Awaitility.await().atMost(Duration.ofMinutes(5)).until(so);
  }
}
