package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.clickhouse.TableName;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A privilege on ClickHouse.
 *
 * @param privilege as GRANT has it
 * @param on what it is on, as GRANT has it
 */
record Grant(String privilege, String on) {
  static Stream<Grant> onTable(TableName table, String... privileges) {
    return of(table.sql(), privileges);
  }

  /** On all tables whose names begin so. */
  static Stream<Grant> onPrefix(TableName prefix, String... privileges) {
    return of(TableName.quoted(prefix.database()) + "." + prefix.name() + "*", privileges);
  }

  /** To make tables with an engine; most servers ask for nothing. */
  static Stream<Grant> engine(String engine) {
    return of(engine, "TABLE ENGINE");
  }

  private static Stream<Grant> of(String on, String... privileges) {
    return Arrays.stream(privileges).map(privilege -> new Grant(privilege, on));
  }

  /** As statements, one for each object. */
  static List<String> statements(Collection<Grant> grants) {
    Map<String, Set<String>> byObject = new TreeMap<>();
    grants.forEach(g -> byObject.computeIfAbsent(g.on(), on -> new TreeSet<>()).add(g.privilege()));
    return byObject.entrySet().stream()
        .map(e -> "GRANT %s ON %s".formatted(String.join(", ", e.getValue()), e.getKey()))
        .toList();
  }
}
