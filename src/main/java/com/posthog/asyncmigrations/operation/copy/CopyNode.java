package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.Answer;
import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.LoadSignals;
import com.posthog.asyncmigrations.clickhouse.QueriesOf;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.copy.Load;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server that a copy is done on. Every statement of the copy has an id of its own, which begins
 * with that of the step: so all of them are found again, and ended together.
 */
final class CopyNode {
  private static final Duration POLL = Duration.ofMillis(500);

  private final ClickHouseCluster cluster;
  private final QueriesOf queries;
  private final NodeRef node;
  private final String effectId;
  private final String entry;
  private final CopyControl control;
  private final Clock clock;
  private final AtomicInteger numbers = new AtomicInteger();

  /**
   * For one step.
   *
   * @param entry what no other work on the same step has: ids are used once
   */
  CopyNode(
      ClickHouseCluster cluster,
      NodeRef node,
      String effectId,
      String entry,
      CopyControl control,
      Clock clock) {
    this.clock = clock;
    this.entry = entry;
    this.cluster = cluster;
    this.queries = new QueriesOf(cluster);
    this.node = node;
    this.effectId = effectId;
    this.control = control;
  }

  String database() {
    return cluster.database();
  }

  /** Shard and replica. */
  String target() {
    return node.target();
  }

  /** Where all replicas of its shard are, itself among them. */
  List<String> replicas() {
    return cluster.replicas(node);
  }

  /** Runs a statement, however long it takes. */
  Answer run(String sql, Map<String, String> settings) throws AnswerLost, CopyControl.Stopped {
    return watched(id -> cluster.run(node.address(), sql, id, unlimited(settings), Map.of()))
        .answer();
  }

  /** Runs the INSERT of a chunk, whose rows are told of as they are written. */
  Done insert(String sql, Map<String, String> settings) throws AnswerLost, CopyControl.Stopped {
    String id = nextId();
    control.wrote(id, 0);
    try {
      Done done =
          watched(id, n -> cluster.run(node.address(), sql, n, unlimited(settings), Map.of()));
      control.wrote(id, done.answer().writtenRows());
      return done;
    } catch (AnswerLost | CopyControl.Stopped | RuntimeException e) {
      control.forget(id);
      throw e;
    }
  }

  /** What that INSERT has written counts no more, or is counted otherwise from now on. */
  void forget(String queryId) {
    control.forget(queryId);
  }

  /** The rows of a query, however long it takes. */
  List<List<String>> read(String sql, Map<String, String> settings)
      throws AnswerLost, CopyControl.Stopped {
    return watched(id -> cluster.read(node.address(), sql, id, unlimited(settings), Map.of()))
        .answer()
        .rows();
  }

  /** Nothing is inherited from the user's profile; a person's own settings hold. */
  private Map<String, String> unlimited(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(cluster.allRows(node.address()));
    all.put("max_execution_time", "0");
    all.putAll(settings);
    return all;
  }

  /**
   * A statement that has ended.
   *
   * @param queryId its id
   * @param began when it was sent
   * @param took how long
   */
  record Done(String queryId, Answer answer, Instant began, Duration took) {}

  private interface Statement {
    Answer with(String queryId) throws AnswerLost;
  }

  private Done watched(Statement statement) throws AnswerLost, CopyControl.Stopped {
    return watched(nextId(), statement);
  }

  private Done watched(String id, Statement statement) throws AnswerLost, CopyControl.Stopped {
    control.goOn();
    Instant began = clock.instant();
    control.begins(id);
    try {
      Answer answer = statement.with(id);
      return new Done(id, answer, began, Duration.between(began, clock.instant()));
    } finally {
      control.ends(id);
    }
  }

  /** What reads the load of servers, and counts from now on. */
  LoadSignals signals() {
    return new LoadSignals(cluster);
  }

  /** The server's load. */
  Load load(LoadSignals signals, LoadSignals.Work work) {
    return signals.read(node.address(), work);
  }

  /** The rows of a short query. */
  List<List<String>> ask(String sql, Map<String, String> parameters) {
    return cluster.ask(node.address(), sql, parameters);
  }

  /**
   * How many threads a query may have here: the cores of the server, unless a profile says less.
   */
  int cores() {
    return Integer.parseInt(ask("SELECT getSetting('max_threads')", Map.of()).get(0).get(0));
  }

  /** Ends whatever still runs for the copy, and waits until it is gone. */
  void settle() throws CopyControl.Stopped {
    while (queries.running(effectId, node)) {
      queries.kill(effectId, node);
      control.pause(POLL);
    }
  }

  /** What the ids of all its statements begin with. */
  String prefix() {
    return QueriesOf.prefix(effectId);
  }

  private String nextId() {
    return "%s%s.%d".formatted(QueriesOf.prefix(effectId), entry, numbers.incrementAndGet());
  }
}
