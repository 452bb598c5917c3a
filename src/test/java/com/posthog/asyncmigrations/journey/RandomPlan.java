package com.posthog.asyncmigrations.journey;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A random migration, each of whose traces in the databases is known. */
final class RandomPlan {
  /** On what a statement of unknown outcome is followed by; the last one is the default. */
  private static final List<String> ON_UNKNOWN = List.of("Repeat", "RollBackThenRepeat", "Fail");

  /** Removes what is always restored. */
  private static final String HIDE =
      """
      - name: hide
        sql:
          database: ClickHouse
          statements:
            - sql: DROP TABLE IF EXISTS view
              onUnknown: Repeat
        rollback: {notNeeded: true}
      """;

  private static final String CREATE_VIEW =
      "CREATE TABLE IF NOT EXISTS view (n UInt64) ENGINE MergeTree ORDER BY n";

  private final Random random;
  private final StringBuilder operations = new StringBuilder();
  private final TreeMap<String, Integer> clickHouse = new TreeMap<>();
  private final TreeMap<String, Integer> postgres = new TreeMap<>();
  private final List<String> approvals = new ArrayList<>();
  private final List<Integer> once = new ArrayList<>();
  private final Map<Integer, Integer> steps = new TreeMap<>();

  /** Two to six operations. */
  RandomPlan(Random random) {
    this.random = random;
    int count = 2 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      operations.append(operation(i));
    }
  }

  /** The operations, as YAML. */
  String operations() {
    return operations.toString();
  }

  /** The other fields of the spec, as YAML. */
  String fields(String desiredState, int nonce) {
    return """
        desiredState: %s
        retryNonce: %d
        restoreAlways:
          - database: ClickHouse
            statements:
              - sql: %s
        """
        .formatted(desiredState, nonce, CREATE_VIEW);
  }

  /** Creates what the operations work on. */
  void prepare(Installation installation) {
    installation.clickHouse().run(CREATE_VIEW);
    clickHouse
        .keySet()
        .forEach(
            table ->
                installation
                    .clickHouse()
                    .run(
                        "CREATE TABLE %s (n UInt64) ENGINE MergeTree ORDER BY n".formatted(table)));
    postgres
        .keySet()
        .forEach(
            table ->
                installation
                    .postgres()
                    .asSuperuser(
                        "CREATE TABLE %s (n int)".formatted(table),
                        "GRANT ALL ON %s TO posthog".formatted(table)));
  }

  /** Names of the operations that wait for a person. */
  List<String> approvals() {
    return approvals;
  }

  /** Part of the ids of statements that must not finish twice in an attempt; a pattern. */
  String once() {
    return once.stream().map(String::valueOf).collect(Collectors.joining("|", "-f(", ")-"));
  }

  /** How many steps of an operation run on ClickHouse, by its index; none for others. */
  Map<Integer, Integer> stepsOnClickHouse() {
    return steps;
  }

  /** How many different rows a table on ClickHouse has after the whole run. */
  SortedMap<String, Integer> clickHouse() {
    return clickHouse;
  }

  /** How many rows a table on PostgreSQL has after the whole run. */
  SortedMap<String, Integer> postgres() {
    return postgres;
  }

  private String operation(int index) {
    return switch (random.nextInt(8)) {
      case 0, 1 -> insert(index);
      case 2 -> forEach(index);
      case 3, 4 -> onPostgres(index);
      case 5 -> verify(index);
      case 6 -> approval(index);
      default -> operations.indexOf("hide") < 0 ? hide(index) : insert(index);
    };
  }

  private String hide(int index) {
    steps.put(index, 1);
    return HIDE;
  }

  /** Each of its statements is one block, so that a killed one leaves nothing. */
  private String insert(int index) {
    String table = "t" + index;
    clickHouse.put(table, 20);
    steps.put(index, 2);
    String onUnknown = ON_UNKNOWN.get(random.nextInt(3));
    if (onUnknown.equals("Fail")) {
      once.add(index);
    }
    return """
        - name: insert-%1$s
          sql:
            database: ClickHouse
            statements:
              - sql: INSERT INTO %1$s SELECT number FROM numbers(10) WHERE sleepEachRow(0.1) = 0
                onUnknown: %2$s
              - sql: INSERT INTO %1$s SELECT number + 10 FROM numbers(10) WHERE sleepEachRow(0.05) = 0
                onUnknown: %2$s
          rollback:
            sql:
              database: ClickHouse
              statements:
                - sql: TRUNCATE TABLE %1$s
        """
        .formatted(table, onUnknown);
  }

  private String forEach(int index) {
    String table = "t" + index;
    clickHouse.put(table, 3);
    boolean postgresLists = random.nextBoolean();
    steps.put(index, postgresLists ? 3 : 4);
    return """
        - name: each-%1$s
          sql:
            database: ClickHouse
            forEach:
              database: %2$s
              sql: %3$s
              columns: [k]
            statements:
              - sql: INSERT INTO %1$s SELECT {k:UInt64} WHERE sleepEachRow(0.3) = 0
                onUnknown: %4$s
          rollback:
            sql:
              database: ClickHouse
              statements:
                - sql: TRUNCATE TABLE %1$s
        """
        .formatted(
            table,
            postgresLists ? "PostgreSQL" : "ClickHouse",
            postgresLists
                ? "SELECT k FROM generate_series(1, 3) k ORDER BY k"
                : "SELECT number FROM numbers(3) ORDER BY number",
            ON_UNKNOWN.get(random.nextInt(3)));
  }

  private String onPostgres(int index) {
    String table = "p" + index;
    postgres.put(table, 5);
    return """
        - name: insert-%1$s
          sql:
            database: PostgreSQL
            statements:
              - sql: INSERT INTO %1$s SELECT n FROM generate_series(1, 5) n CROSS JOIN pg_sleep(%2$s)
          rollback:
            sql:
              database: PostgreSQL
              statements:
                - sql: DELETE FROM %1$s
        """
        .formatted(table, random.nextBoolean() ? "2" : "0.1");
  }

  private String verify(int index) {
    if (clickHouse.isEmpty()) {
      return insert(index);
    }
    steps.put(index, 1);
    return """
        - name: verify-%d
          verify:
            query:
              database: ClickHouse
              sql: SELECT uniqExact(n) FROM %s
              equals: "%d"
        """
        .formatted(index, clickHouse.firstKey(), clickHouse.firstEntry().getValue());
  }

  private String approval(int index) {
    String name = "approve-" + index;
    approvals.add(name);
    return """
        - name: %s
          approval:
            question: May it go on?
        """
        .formatted(name);
  }
}
