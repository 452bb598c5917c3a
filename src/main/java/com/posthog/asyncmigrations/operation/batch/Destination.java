package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.clickhouse.Answer;
import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.postgres.Keyset;
import com.posthog.asyncmigrations.postgres.Mark;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The table on a ClickHouse server that is filled.
 *
 * @param address of the server
 * @param table quoted
 * @param types of the columns that are filled, by their names
 * @param key where the key's columns go, in the key's order
 */
record Destination(
    ClickHouseCluster cluster,
    String address,
    String table,
    Map<String, String> types,
    List<KeyColumn> key) {

  /** Nothing of a user's profile may change what arrives, or how often. */
  private static final Map<String, String> EXACTLY =
      Map.of(
          "async_insert", "0",
          "insert_deduplicate", "0",
          "date_time_input_format", "best_effort",
          "input_format_null_as_default", "0",
          "input_format_skip_unknown_fields", "0",
          "input_format_allow_errors_num", "0",
          "input_format_allow_errors_ratio", "0");

  private static final String NOW = "SELECT toUnixTimestamp64Milli(now64(3))";

  private static final String RUNNING =
      "SELECT count() FROM system.processes WHERE query_id = {id:String}";

  private static final int TOO_MANY_PARTS = 252;

  /**
   * A column of the key there.
   *
   * @param expression that has the order which the key has on PostgreSQL
   * @param type of that order
   */
  record KeyColumn(String expression, String type) {}

  /** The time of a server, in milliseconds since 1970. */
  static long now(ClickHouseCluster cluster, String address) {
    return Long.parseLong(cluster.ask(address, NOW, Map.of()).get(0).get(0));
  }

  /** Whether a server has a query of this id. */
  static boolean runs(ClickHouseCluster cluster, String address, String queryId) {
    return !cluster.ask(address, RUNNING, Map.of("id", queryId)).get(0).get(0).equals("0");
  }

  long now() throws Busy {
    return number(NOW, Map.of());
  }

  boolean runs(String queryId) throws Busy {
    return number(RUNNING, Map.of("id", queryId)) > 0;
  }

  /** How many rows it has in a range of keys. */
  long count(List<String> after, List<String> to) throws Busy {
    return number(
        "SELECT count() FROM %s WHERE %s".formatted(table, condition(after.isEmpty())),
        Keyset.range(after, to));
  }

  /**
   * Sends a batch, which does nothing if it arrives too late.
   *
   * @param after where its range begins
   * @param again whether some of its rows may be there: those are left out
   * @return how many rows were written
   * @throws Busy when it may or may not have been done, or may be later
   */
  long insert(String rows, List<String> after, Mark.Sending batch, boolean again) throws Busy {
    String columns =
        types.keySet().stream().map(Destination::quoted).collect(Collectors.joining(", "));
    String missing =
        again
            ? " AND (%s) NOT IN (SELECT %s FROM %s WHERE %s)"
                .formatted(expressions(), expressions(), table, condition(after.isEmpty()))
            : "";
    String sql =
        "INSERT INTO %s (%s) SELECT %s FROM input('%s') WHERE now64(3) < fromUnixTimestamp64Milli({until:Int64})%s FORMAT JSONEachRow"
            .formatted(table, columns, columns, structure(), missing);
    Map<String, String> values = new TreeMap<>(again ? Keyset.range(after, batch.to()) : Map.of());
    values.put("until", Long.toString(batch.untilMillis()));
    try {
      Answer answer = cluster.insert(address, sql, rows, batch.queryId(), EXACTLY, values);
      return answer.writtenRows();
    } catch (AnswerLost lost) {
      throw new Busy(lost.problem());
    } catch (ProblemException refused) {
      if (refused.problem().message().startsWith("code " + TOO_MANY_PARTS + " ")) {
        throw new Busy(refused.problem());
      }
      throw refused;
    }
  }

  private String structure() {
    return types.entrySet().stream()
        .map(column -> quoted(column.getKey()) + " " + column.getValue())
        .collect(Collectors.joining(", "))
        .replace("\\", "\\\\")
        .replace("'", "\\'");
  }

  private String expressions() {
    return key.stream().map(KeyColumn::expression).collect(Collectors.joining(", "));
  }

  private String condition(boolean first) {
    String upTo = "(%s) <= (%s)".formatted(expressions(), parameters("to"));
    return first ? upTo : "(%s) > (%s) AND %s".formatted(expressions(), parameters("after"), upTo);
  }

  private String parameters(String end) {
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < key.size(); i++) {
      list.append(i == 0 ? "" : ", ")
          .append("{%s:%s}".formatted(Keyset.parameter(end, i), key.get(i).type()));
    }
    return list.toString();
  }

  private long number(String sql, Map<String, String> parameters) throws Busy {
    try {
      return Long.parseLong(cluster.ask(address, sql, parameters).get(0).get(0));
    } catch (ProblemException unanswered) {
      if (unanswered.problem().reason() == Reason.DatabaseUnreachable) {
        throw new Busy(unanswered.problem());
      }
      throw unanswered;
    }
  }

  static String quoted(String identifier) {
    return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`";
  }

  static ProblemException refuse(String message, Object... with) {
    return new ProblemException(new Problem(Reason.InvalidPlan, message.formatted(with)));
  }
}
