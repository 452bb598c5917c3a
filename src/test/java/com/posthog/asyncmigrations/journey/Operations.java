package com.posthog.asyncmigrations.journey;

/** Operations that journeys are made of. */
final class Operations {
  /** Reads a row every 100 ms, and so runs for as long as the test wants. */
  private static final String SLOW =
      """
            settings:
              - {name: max_block_size, value: "1"}
              - {name: function_sleep_max_microseconds_per_block, value: "0"}
      """;

  private Operations() {}

  /** Creates a table of numbers; undone by dropping it. */
  static String create(String table) {
    return """
        - name: create-%1$s
          sql:
            database: ClickHouse
            statements:
              - sql: CREATE TABLE %1$s (n UInt64) ENGINE MergeTree ORDER BY n
          rollback:
            sql:
              database: ClickHouse
              statements:
                - sql: DROP TABLE IF EXISTS %1$s
        """
        .formatted(table);
  }

  /** A table of numbers gets another sorting key, under its own name. */
  static String exchange(String table, String copy, String backup) {
    return """
        - name: create
          sql:
            database: ClickHouse
            statements:
              - sql: CREATE TABLE %2$s (k UInt64) ENGINE MergeTree ORDER BY (k, k + 1)
          rollback:
            sql:
              database: ClickHouse
              statements:
                - sql: DROP TABLE IF EXISTS %2$s SYNC
        - name: fill
          copyTable: {from: %1$s, to: %2$s}
        - name: swap
          exchangeTables: {table: %1$s, with: %2$s, backup: %3$s}
        """
        .formatted(table, copy, backup);
  }

  /** Inserts so many rows, ten a second. It must not be repeated: the rows would be there twice. */
  static String fill(String table, int rows) {
    return """
        - name: fill-%1$s
          sql:
            database: ClickHouse
        %3$s    statements:
              - sql: INSERT INTO %1$s SELECT number FROM numbers(%2$d) WHERE sleepEachRow(0.1) = 0
          rollback:
            sql:
              database: ClickHouse
              statements:
                - sql: TRUNCATE TABLE IF EXISTS %1$s
        """
        .formatted(table, rows, SLOW.indent(-2));
  }

  /** Its rollback takes so many tenths of a second. */
  static String slowToUndo(String table, int tenths) {
    return """
        - name: slow-to-undo
          sql:
            database: ClickHouse
            statements:
              - sql: INSERT INTO %1$s VALUES (1)
          rollback:
            sql:
              database: ClickHouse
        %3$s      statements:
                - sql: INSERT INTO undone SELECT number FROM numbers(%2$d) WHERE sleepEachRow(0.1) = 0
        """
        .formatted(table, tenths, SLOW);
  }

  /** Fails. */
  static String fail() {
    return """
        - name: fail
          sql:
            database: ClickHouse
            statements:
              - sql: SELECT throwIf(1, 'as the test wants it')
          rollback: {notNeeded: true}
        """;
  }

  /** Changes a table in place; not undone. */
  static String mutate(String table, String command) {
    return """
        - name: mutate-%1$s
          mutation:
            table: %1$s
            command: %2$s
          rollback: {notNeeded: true}
        """
        .formatted(table, command);
  }

  /** One statement on PostgreSQL that cannot be undone by itself. */
  static String postgres(String name, String sql) {
    return """
        - name: %s
          sql:
            database: PostgreSQL
            statements:
              - sql: %s
          rollback: {notNeeded: true}
        """
        .formatted(name, sql);
  }

  /** Holds when the table has so many rows. */
  static String count(String table, int rows) {
    return """
        - name: count-%1$s
          verify:
            query:
              database: ClickHouse
              sql: SELECT count() FROM %1$s
              equals: "%2$d"
        """
        .formatted(table, rows);
  }
}
