package com.posthog.asyncmigrations.operation.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Two tables of random shapes, each of whose columns is a function of the row's number, so that
 * what is in them can be told from right.
 */
final class RandomTables {
  /** Rows that are there before. */
  static final int BASE = 120_000;

  private static final List<String> EXTRAS =
      List.of(
          "Nullable(Int64) = if(k % 7 = 0, NULL, k)",
          "LowCardinality(String) = concat('team', toString(k % 50))",
          "LowCardinality(Nullable(String)) = if(k % 3 = 0, NULL, toString(k % 9))",
          "Map(String, String) = map('k', toString(k), 'm', toString(k % 5))",
          "Array(UInt16) = range(k % 4)::Array(UInt16)",
          "Decimal(18, 4) = toDecimal64(k, 4) / 8",
          "DateTime64(3) = toDateTime64('2024-01-01 00:00:00', 3) + k % 100000",
          "Tuple(a UInt8, b String) = (k % 200, toString(k % 11))::Tuple(a UInt8, b String)",
          "Float64 = if(k % 13 = 0, nan, k / 3)",
          "JSON = concat('{\"a\":', toString(k % 3), ',\"b\":\"x\"}')::JSON");

  private static final List<String> PARTITIONS =
      List.of("", " PARTITION BY toYYYYMM(d)", " PARTITION BY toMonday(d)", " PARTITION BY k % 5");

  private static final List<String> KEYS =
      List.of("k", "(v, k)", "(d, cityHash64(v))", "(k % 3, d, k)", "tuple()");

  private static final List<String> ENGINES =
      List.of("MergeTree", "MergeTree", "MergeTree", "ReplacingMergeTree");

  private final Random random;
  private final List<String> extras = new ArrayList<>();

  RandomTables(Random random) {
    this.random = random;
    for (String extra : EXTRAS) {
      if (random.nextInt(3) == 0) {
        extras.add(extra);
      }
    }
  }

  /** A statement that creates the source. */
  String source() {
    String engine = any(ENGINES);
    return create("t", engine, engine.equals("MergeTree") ? any(KEYS) : "k");
  }

  /** A statement that creates the target. */
  String target() {
    return create("n", "MergeTree", any(KEYS));
  }

  private String create(String name, String engine, String key) {
    StringBuilder columns = new StringBuilder("k UInt64, d Date, v String");
    for (int i = 0; i < extras.size(); i++) {
      String[] extra = extras.get(i).split(" = ", 2);
      columns.append(", x%d %s DEFAULT %s".formatted(i, extra[0], extra[1]));
    }
    return "CREATE TABLE %s (%s) ENGINE %s%s ORDER BY %s"
        .formatted(name, columns, engine, any(PARTITIONS), key);
  }

  /** Rows most of which are in one partition. */
  String fill() {
    return """
        INSERT INTO t (k, d, v) SELECT number,
          toDate('2024-01-01') + if(number %% %d = 0, number %% 90, number %% 3), toString(number)
        FROM numbers(%d) SETTINGS max_partitions_per_insert_block = 0
        """
        .formatted(2 + random.nextInt(8), BASE);
  }

  /** A condition that holds for rows whose columns are not as they must be. */
  String wrong() {
    List<String> wrong = new ArrayList<>(List.of("v != toString(k)"));
    for (int i = 0; i < extras.size(); i++) {
      wrong.add(
          "toString(x%d) IS DISTINCT FROM toString(%s)"
              .formatted(i, extras.get(i).split(" = ", 2)[1]));
    }
    return wrong.stream().map(w -> "(" + w + ")").collect(Collectors.joining(" OR "));
  }

  private String any(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }
}
