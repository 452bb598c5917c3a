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

  /** From here on rows are numbered that a TTL removes within a minute. */
  private static final int EXPIRING = 500_000;

  /** From here on rows are numbered that are deleted before the copy: their partition is empty. */
  private static final long NOWHERE = 900_000_000;

  /** Numbers of which there are two rows, where there are any. */
  private static final String REPEATED = "k % 10 = 0";

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

  private static final List<String> PROJECTIONS = List.of("k, s ORDER BY s", "* ORDER BY v");

  private static final List<String> KEYS =
      List.of("k", "(v, k)", "(d, cityHash64(v))", "(k % 3, d, k)", "tuple()");

  /** What becomes of two rows of the source with an equal key, and of its column s. */
  enum Kind {
    /** There are none. */
    PLAIN("MergeTree"),
    /** The one that came later stays; its s is 2. */
    REPLACING("ReplacingMergeTree"),
    /** One with the sum of s stays; it is 2. Copied while nothing arrives. */
    SUMMING("SummingMergeTree(s)");

    private final String engine;

    Kind(String engine) {
      this.engine = engine;
    }
  }

  private final Random random;
  private final Kind kind;
  private final boolean sameRows;
  private final boolean expires;
  private final boolean patched;
  private final List<String> extras = new ArrayList<>();

  RandomTables(Random random) {
    this.random = random;
    kind = List.of(Kind.PLAIN, Kind.PLAIN, Kind.REPLACING, Kind.SUMMING).get(random.nextInt(4));
    sameRows = random.nextBoolean();
    expires = random.nextInt(3) == 0;
    patched = random.nextInt(3) == 0;
    for (String extra : EXTRAS) {
      if (random.nextInt(3) == 0) {
        extras.add(extra);
      }
    }
  }

  Kind kind() {
    return kind;
  }

  /** Whether lightweight updates are possible. */
  boolean patched() {
    return patched;
  }

  /** Statements that create and fill the source, and create the target. */
  List<String> prepare() {
    List<String> statements = new ArrayList<>();
    String partitions = any(PARTITIONS);
    statements.add(create("t", kind.engine, partitions, kind == Kind.PLAIN ? any(KEYS) : "k"));
    if (sameRows && kind != Kind.PLAIN) {
      statements.add(create("n", kind.engine, partitions, "k"));
    } else {
      String others = random.nextBoolean() ? partitions : any(PARTITIONS);
      statements.add(create("n", "MergeTree", others, any(KEYS)));
    }
    if (expires) {
      statements.add(
          """
          INSERT INTO t (k, d, v, at) SELECT number AS k, toDate('2024-01-01') + k %% 90, toString(k),
            now() + k %% 40
          FROM numbers(%d, 5000) SETTINGS max_partitions_per_insert_block = 0
          """
              .formatted(EXPIRING));
    }
    int skew = 2 + random.nextInt(8);
    statements.add(fill(skew, 1, "true"));
    if (kind != Kind.PLAIN) {
      statements.add(fill(skew, kind == Kind.REPLACING ? 2 : 1, REPEATED));
    }
    statements.add(
        "INSERT INTO t (k, d, v) SELECT number + %d, toDate('2030-01-01'), 'x' FROM numbers(1000)"
            .formatted(NOWHERE));
    statements.add("DELETE FROM t WHERE k >= " + NOWHERE);
    return statements;
  }

  private String create(String name, String engine, String partitions, String key) {
    StringBuilder columns =
        new StringBuilder(
            "k UInt64, d Date, v String, s UInt8 DEFAULT 1, u UInt8 DEFAULT 0,"
                + " at DateTime DEFAULT toDateTime('2100-01-01 00:00:00')");
    for (int i = 0; i < extras.size(); i++) {
      String[] extra = extras.get(i).split(" = ", 2);
      columns.append(", x%d %s DEFAULT %s".formatted(i, extra[0], extra[1]));
    }
    List<String> settings = new ArrayList<>();
    if (random.nextInt(4) == 0) {
      columns.append(", PROJECTION p (SELECT %s)".formatted(any(PROJECTIONS)));
      settings.add("lightweight_mutation_projection_mode = 'rebuild'");
      settings.add("deduplicate_merge_projection_mode = 'rebuild'");
    }
    if (patched) {
      settings.add("enable_block_number_column = 1");
      settings.add("enable_block_offset_column = 1");
    }
    String ttl = "";
    if (expires && random.nextInt(3) > 0) {
      ttl = " TTL at";
      settings.add("merge_with_ttl_timeout = 0");
    }
    return "CREATE TABLE %s (%s) ENGINE %s%s ORDER BY %s%s%s"
        .formatted(
            name,
            columns,
            engine,
            partitions,
            key,
            ttl,
            settings.isEmpty() ? "" : " SETTINGS " + String.join(", ", settings));
  }

  /** Rows most of which are in a few partitions. */
  private static String fill(int skew, int s, String which) {
    return """
        INSERT INTO t (k, d, v, s) SELECT number AS k,
          toDate('2024-01-01') + if(k %% %d = 0, k %% 90, k %% 3), toString(k), %d
        FROM numbers(%d) WHERE %s SETTINGS max_partitions_per_insert_block = 0
        """
        .formatted(skew, s, BASE, which);
  }

  /**
   * Queries about rows that were there before, each with an answer of 0 if they are as they must
   * be.
   *
   * @param isThere a condition for the numbers of those that were not deleted
   * @param isUpdated a condition for the numbers of those whose u was set to 1
   */
  List<String> faults(String isThere, String isUpdated) {
    List<String> faults = new ArrayList<>();
    String before = "FROM t WHERE k < " + BASE;
    String number = "(SELECT number AS k FROM numbers(%d))".formatted(BASE);
    faults.add(
        "SELECT uniqExact(k) != (SELECT countIf(%s) FROM %s) %s"
            .formatted(isThere, number, before));
    faults.add("SELECT count() FROM t WHERE %s".formatted(wrong()));
    faults.add("SELECT countIf((%s) != (u = 1)) %s".formatted(isUpdated, before));
    switch (kind) {
      case PLAIN -> faults.add("SELECT count() - uniqExact(k) " + before);
      case REPLACING -> {
        faults.add(
            "SELECT uniqExactIf(k, s = 2) != (SELECT countIf((%s) AND %s) FROM %s) %s"
                .formatted(isThere, REPEATED, number, before));
        if (sameRows) {
          faults.add(
              "SELECT countIf((%s) != (s = 2)) FROM t FINAL WHERE k < %d"
                  .formatted(REPEATED, BASE));
        }
      }
      case SUMMING ->
          faults.add(
              "SELECT sum(s) != (SELECT countIf(%1$s) + countIf((%1$s) AND %2$s) FROM %3$s) %4$s"
                  .formatted(isThere, REPEATED, number, before));
    }
    return faults;
  }

  /** A condition that holds for rows whose columns are not as they must be. */
  private String wrong() {
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
