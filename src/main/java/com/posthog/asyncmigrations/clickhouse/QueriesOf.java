package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All statements of one step, whose ids begin with the step's. */
public final class QueriesOf {
  private static final Logger LOG = LoggerFactory.getLogger(QueriesOf.class);

  private static final String RUNNING =
      "SELECT count() FROM system.processes WHERE startsWith(query_id, {id:String})";

  private static final String WRITTEN =
      "SELECT query_id, written_rows FROM system.processes WHERE startsWith(query_id, {id:String})";

  /** A figure is not worth waiting for. */
  private static final Duration FOR_A_FIGURE = Duration.ofSeconds(2);

  private static final String KILL = "KILL QUERY WHERE startsWith(query_id, {id:String}) ASYNC";

  private final ClickHouseCluster cluster;

  /** On this cluster. */
  public QueriesOf(ClickHouseCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Whether any of them runs on its node.
   *
   * @throws ProblemException when the node does not answer
   */
  public boolean running(String effectId, NodeRef node) {
    return !cluster
        .ask(node.address(), RUNNING, Map.of("id", prefix(effectId)))
        .get(0)
        .get(0)
        .equals("0");
  }

  /**
   * How many rows each of its statements has written so far, by their ids; nothing of those that do
   * not run, nor where nobody says so at once.
   */
  public Map<String, Long> written(String effectId, NodeRef node) {
    try {
      return cluster
          .askReadOnly(node.address(), WRITTEN, Map.of("id", prefix(effectId)), FOR_A_FIGURE)
          .stream()
          .collect(Collectors.toMap(row -> row.get(0), row -> Long.valueOf(row.get(1))));
    } catch (ProblemException unanswered) {
      return Map.of();
    }
  }

  /** Asks the node to end them. One that does not answer is asked again by who sees them go on. */
  public void kill(String effectId, NodeRef node) {
    try {
      cluster.ask(node.address(), KILL, Map.of("id", prefix(effectId)));
    } catch (ProblemException e) {
      LOG.warn("Could not ask {} to end {}: {}", node.address(), effectId, e.getMessage());
    }
  }

  /**
   * What the ids of its statements begin with; an id that only begins like the step's is not one.
   */
  public static String prefix(String effectId) {
    return effectId + ".";
  }
}
