package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds a statement again by its id, on whatever node of a cluster it is, and ends it. */
public final class QueryLookup {
  private static final Logger LOG = LoggerFactory.getLogger(QueryLookup.class);

  private static final String RUNNING =
      """
      SELECT read_rows, total_rows_approx FROM system.processes
      WHERE query_id = {id:String} AND is_initial_query
      """;

  /**
   * The end comes before the start. Who was refused because the id was running left a trace that
   * tells nothing.
   */
  private static final String LOGGED =
      """
      SELECT toString(type), exception_code, exception, read_rows FROM system.query_log
      WHERE event_date >= toDate(fromUnixTimestamp64Milli({since:Int64})) - 1
        AND query_id = {id:String} AND is_initial_query AND exception_code != {running:Int32}
      ORDER BY type = 'QueryFinish' DESC, type != 'QueryStart' DESC LIMIT 1
      """;

  private static final String ENTRY_BEFORE =
      """
      SELECT 1 FROM system.query_log
      WHERE event_date <= toDate(fromUnixTimestamp64Milli({seen:Int64})) + 1
        AND event_time_microseconds <= fromUnixTimestamp64Milli({seen:Int64}) LIMIT 1
      """;

  private static final String KILL = "KILL QUERY WHERE query_id = {id:String} ASYNC";

  /**
   * A statement may be in neither place for the moment between its end and the log's entry of it.
   */
  private static final int LOOKS = 3;

  private final ClickHouseCluster cluster;

  /** Looks on this cluster. */
  public QueryLookup(ClickHouseCluster cluster) {
    this.cluster = cluster;
  }

  /** What the servers know of a statement that was meant for this node. */
  public Lookup find(String queryId, NodeRef meantFor) {
    try {
      for (String address : addresses(meantFor)) {
        Optional<Lookup> trace = traceOn(address, queryId, meantFor.seen());
        if (trace.isPresent()) {
          return trace.get();
        }
      }
      return absence(meantFor);
    } catch (ProblemException e) {
      return new Lookup.Unanswered(e.problem());
    }
  }

  /**
   * Asks every node to end a statement. One that does not answer is asked again by who sees that it
   * goes on.
   */
  public void kill(String queryId, NodeRef meantFor) {
    List<String> addresses;
    try {
      addresses = addresses(meantFor);
    } catch (ProblemException e) {
      addresses = List.of(meantFor.address());
    }
    for (String address : addresses) {
      try {
        cluster.ask(address, KILL, Map.of("id", queryId));
      } catch (ProblemException e) {
        LOG.warn("Could not ask {} to end {}: {}", address, queryId, e.getMessage());
      }
    }
  }

  /** Its own node first, where it most probably is. */
  private List<String> addresses(NodeRef meantFor) {
    return Stream.concat(
            Stream.of(meantFor.address()), cluster.addresses().stream().map(NodeAddress::text))
        .distinct()
        .toList();
  }

  private Optional<Lookup> traceOn(String address, String queryId, Instant since) {
    Map<String, String> id = Map.of("id", queryId);
    for (int look = 1; look <= LOOKS; look++) {
      List<List<String>> running = cluster.ask(address, RUNNING, id);
      if (!running.isEmpty()) {
        return Optional.of(running(running.get(0)));
      }
      List<List<String>> logged = logged(address, queryId, since);
      if (logged.isEmpty()) {
        return Optional.empty();
      }
      List<String> entry = logged.get(0);
      if (!entry.get(0).equals("QueryStart")) {
        return Optional.of(ended(entry));
      }
    }
    return Optional.of(
        new Lookup.Absent(
            false, "it was started on %s, which ended before it did".formatted(address)));
  }

  private static Lookup running(List<String> row) {
    long read = Long.parseLong(row.get(0));
    long total = Long.parseLong(row.get(1));
    return new Lookup.Running(total <= 0 ? 0 : Math.min(1, (double) read / total), read);
  }

  private Lookup ended(List<String> entry) {
    return entry.get(0).equals("QueryFinish")
        ? new Lookup.Finished(Long.parseLong(entry.get(3)))
        : new Lookup.Failed(
            ClickHouseProblems.answered(
                Integer.parseInt(entry.get(1)), cluster.redacted(entry.get(2))));
  }

  private List<List<String>> logged(String address, String queryId, Instant since) {
    cluster.ask(address, "SYSTEM FLUSH LOGS", Map.of());
    if (!keepsLog(address)) {
      return List.of();
    }
    return cluster.ask(
        address,
        LOGGED,
        Map.of(
            "id", queryId,
            "since", Long.toString(since.toEpochMilli()),
            "running", Integer.toString(ClickHouseProblems.ID_IS_RUNNING)));
  }

  private boolean keepsLog(String address) {
    return cluster
        .ask(address, "EXISTS TABLE system.query_log", Map.of())
        .get(0)
        .get(0)
        .equals("1");
  }

  /**
   * No node has a trace: whether one could have been lost. The server is asked last, in case it has
   * just restarted.
   */
  private Lookup absence(NodeRef meantFor) {
    String address = meantFor.address();
    boolean log = keepsLog(address);
    boolean whole =
        log
            && !cluster
                .ask(
                    address,
                    ENTRY_BEFORE,
                    Map.of("seen", Long.toString(meantFor.seen().toEpochMilli())))
                .isEmpty();
    ClickHouseNode now = cluster.node(address);
    if (!now.identity().equals(meantFor.identity())) {
      return new Lookup.Absent(false, address + " is another server by now");
    }
    if (!ClickHouseNode.sameBoot(now.boot(), meantFor.boot())) {
      return new Lookup.Absent(
          false, address + " has restarted since, and may have lost what it logged");
    }
    if (!log) {
      return new Lookup.Absent(false, address + " keeps no query log");
    }
    return whole
        ? new Lookup.Absent(true, address + " has run since, and its query log has no trace of it")
        : new Lookup.Absent(false, "the query log of " + address + " has lost its entries since");
  }
}
