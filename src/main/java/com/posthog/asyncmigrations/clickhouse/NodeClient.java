package com.posthog.asyncmigrations.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ClientFaultCause;
import com.clickhouse.client.api.ServerException;
import com.clickhouse.client.api.enums.Protocol;
import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.Redaction;
import com.posthog.asyncmigrations.core.plan.SqlText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The connections to one server. Sends everything once. */
final class NodeClient implements AutoCloseable {
  /** What makes sure that the server's log has a statement, whatever the user's profile says. */
  static final Map<String, String> LOGGED =
      Map.of(
          "log_queries", "1",
          "log_queries_min_type", "QUERY_START",
          "log_queries_min_query_duration_ms", "0",
          "log_queries_probability", "1");

  /**
   * Whatever has a limit: a profile may say that what was read until then is the answer, which
   * nothing would show. So a query that is not in the log that was read so far would seem never to
   * have run.
   */
  private static final List<String> OVERFLOW_MODES =
      List.of(
          "timeout_overflow_mode",
          "read_overflow_mode",
          "result_overflow_mode",
          "group_by_overflow_mode",
          "sort_overflow_mode",
          "set_overflow_mode",
          "distinct_overflow_mode",
          "join_overflow_mode",
          "transfer_overflow_mode");

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER_ON_ITS_WAY = Duration.ofSeconds(2);

  /** More than steps that can be under way at once, with the questions about them. */
  private static final int CONNECTIONS = 200;

  private final String address;
  private final Client client;
  private final Redaction redaction;

  NodeClient(NodeAddress node, ClickHouseEntry entry, Redaction redaction) {
    this.redaction = redaction;
    address = node.text();
    client =
        new Client.Builder()
            .addEndpoint(Protocol.HTTP, node.host(), node.httpPort(), entry.secure())
            .setUsername(entry.credentials().user())
            .setPassword(entry.credentials().password())
            .setDefaultDatabase(entry.database())
            .setMaxRetries(0)
            .retryOnFailures(ClientFaultCause.None)
            .setConnectTimeout(CONNECT.toMillis())
            .setSocketKeepAlive(true) // a server that is gone without a word is noticed in the end
            .httpHeader("Connection", "close") // a kept one may be dead, and lose a statement
            .setMaxConnections(CONNECTIONS)
            .compressServerResponse(false)
            .build();
  }

  /**
   * Asks a short question, which is not worth an entry in the server's log unless the settings say
   * so.
   */
  Answer ask(
      String sql, Map<String, String> parameters, Map<String, String> settings, Duration limit) {
    QuerySettings all = wholeOrNothing().serverSetting("log_queries", "0");
    settings.forEach(all::serverSetting);
    all.setMaxExecutionTime((int) Math.max(1, limit.toSeconds()));
    all.setNetworkTimeout(limit.plus(ANSWER_ON_ITS_WAY).toMillis(), ChronoUnit.MILLIS);
    try {
      return send(sql, parameters, all, ClickHouseFormat.TabSeparated);
    } catch (ServerException e) {
      throw new ProblemException(
          fromServer(e)
              ? ClickHouseProblems.answered(e.getCode(), message(e)).at("ClickHouse at " + address)
              : ClickHouseProblems.unreachable(address, e));
    } catch (Exception e) {
      throw new ProblemException(ClickHouseProblems.unreachable(address, e));
    }
  }

  /**
   * Runs a statement, however long it takes. There is no limit for the answer: where the client has
   * one, its HTTP layer sends a request again that was answered with 503.
   */
  Answer run(
      String sql,
      String queryId,
      Map<String, String> parameters,
      Map<String, String> settings,
      ClickHouseFormat format)
      throws AnswerLost {
    return run(sql, "", queryId, parameters, settings, format);
  }

  /**
   * The same for a statement that is followed by data.
   *
   * @param data after the line that the statement ends on; empty for none
   */
  Answer run(
      String sql,
      String data,
      String queryId,
      Map<String, String> parameters,
      Map<String, String> settings,
      ClickHouseFormat format)
      throws AnswerLost {
    if (SqlText.silencesQueryLog(sql)) {
      throw new ProblemException(
          new Problem(
              Reason.InvalidPlan,
              "a statement must not set log_queries: the query log is where it is found again"));
    }
    QuerySettings all = wholeOrNothing();
    settings.forEach(all::serverSetting);
    LOGGED.forEach(all::serverSetting);
    all.setQueryId(queryId);
    try {
      return send(data.isEmpty() ? sql : sql + "\n" + data, parameters, all, format);
    } catch (ServerException e) {
      if (!fromServer(e)) {
        throw new AnswerLost(ClickHouseProblems.unreachable(address, e));
      }
      Problem problem = ClickHouseProblems.answered(e.getCode(), message(e));
      if (e.getCode() == ClickHouseProblems.ID_IS_RUNNING) {
        throw new AnswerLost(problem);
      }
      throw new ProblemException(problem);
    } catch (Exception e) {
      throw new AnswerLost(ClickHouseProblems.unreachable(address, e));
    }
  }

  private static QuerySettings wholeOrNothing() {
    QuerySettings settings = new QuerySettings();
    OVERFLOW_MODES.forEach(mode -> settings.serverSetting(mode, "throw"));
    return settings;
  }

  @SuppressWarnings("try") // closing a response may be interrupted, and then the answer is lost
  private Answer send(
      String sql, Map<String, String> parameters, QuerySettings settings, ClickHouseFormat format)
      throws Exception {
    Map<String, Object> values = new LinkedHashMap<>();
    parameters.forEach((name, value) -> values.put(name, TabSeparated.parameter(value)));
    settings.setFormat(format);
    settings.waitEndOfQuery(true); // else an error that comes late looks like an answer
    try (QueryResponse response = client.query(sql, values, settings).get()) {
      String body = new String(response.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Answer(response.getReadRows(), response.getWrittenRows(), TabSeparated.rows(body));
    }
  }

  /** Something between us and the server answers without a code of ClickHouse's. */
  private static boolean fromServer(ServerException e) {
    return e.getCode() > 0;
  }

  private String message(ServerException e) {
    String message = e.getMessage();
    return message == null ? "" : redaction.of(message);
  }

  @Override
  public void close() {
    client.close();
  }
}
