package com.posthog.asyncmigrations.clickhouse;

import com.clickhouse.data.ClickHouseFormat;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.Redaction;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The servers of one ClickHouse cluster, and the connections to them. */
public final class ClickHouseCluster implements AutoCloseable {
  /** How long a look-up may take. */
  static final Duration SHORT = Duration.ofSeconds(10);

  private static final String IDENTITY =
      "SELECT toString(serverUUID()), version(), toUnixTimestamp64Milli(now64(3)), uptime()";

  private static final String CLUSTER =
      """
      SELECT shard_num, replica_num, host_name FROM system.clusters
      WHERE cluster = {cluster:String} ORDER BY shard_num, replica_num
      """;

  /** 2: no writes; but a query may bring settings of its own. */
  private static final Map<String, String> READ_ONLY = Map.of("readonly", "2", "limit", "1");

  private final ClickHouseEntry entry;
  private final Redaction redaction;
  private final Map<String, NodeClient> clients = new ConcurrentHashMap<>();
  private final AllRows allRows = new AllRows(this::client);
  private volatile Optional<List<NodeAddress>> addresses = Optional.empty();
  private volatile Optional<List<ClickHouseNode>> nodes = Optional.empty();

  /** Connects to nothing yet. */
  public ClickHouseCluster(ClickHouseEntry entry) {
    this(entry, Redaction.of(entry.credentials()));
  }

  /** The same, whose errors are without the secrets of others too. */
  public ClickHouseCluster(ClickHouseEntry entry, Redaction redaction) {
    this.entry = entry;
    this.redaction = redaction;
  }

  /** The database that statements run in. */
  public String database() {
    return entry.database();
  }

  /**
   * Its nodes, as they were found first, or by the last {@link #refresh}.
   *
   * @throws ProblemException when one of them does not answer
   */
  public List<ClickHouseNode> nodes() {
    return nodes.orElseGet(this::refresh);
  }

  /** Its nodes, found again, each asked anew. */
  public List<ClickHouseNode> refresh() {
    List<ClickHouseNode> found = findAddresses().stream().map(this::node).toList();
    if (!nodes.map(ClickHouseCluster::versions).equals(Optional.of(versions(found)))) {
      allRows.forget();
    }
    nodes = Optional.of(found);
    return found;
  }

  private static List<String> versions(List<ClickHouseNode> nodes) {
    return nodes.stream().map(ClickHouseNode::version).toList();
  }

  /** Where its nodes are, whether they answer or not. */
  List<NodeAddress> addresses() {
    return addresses.orElseGet(this::findAddresses);
  }

  /** Where all replicas of a node's shard are, whether they answer or not. */
  public List<String> replicas(NodeRef node) {
    List<NodeAddress> all = addresses();
    Set<Integer> shards =
        all.stream()
            .filter(its -> its.text().equals(node.address()))
            .map(NodeAddress::shard)
            .collect(Collectors.toSet());
    return all.stream()
        .filter(other -> shards.contains(other.shard()))
        .map(NodeAddress::text)
        .toList();
  }

  /** The same for an address as an intent has it. */
  ClickHouseNode node(String address) {
    return node(parsed(address));
  }

  /**
   * What the server at an address says of itself. It keeps a note of having been asked in its query
   * log.
   */
  ClickHouseNode node(NodeAddress address) {
    List<String> row =
        client(address.text()).ask(IDENTITY, Map.of(), NodeClient.LOGGED, SHORT).rows().get(0);
    long now = Long.parseLong(row.get(2));
    Instant boot = Instant.ofEpochMilli(now).minusSeconds(Long.parseLong(row.get(3)));
    Instant seen = Instant.ofEpochMilli(now + 1); // up, so that the note is not younger
    return new ClickHouseNode(address, row.get(0), row.get(1), boot, seen);
  }

  /**
   * Asks the server at an address a short question, which leaves no trace in its query log.
   *
   * @return the result's rows
   * @throws ProblemException when it refuses, or does not answer in time
   */
  public List<List<String>> ask(String address, String sql, Map<String, String> parameters) {
    return client(address).ask(sql, parameters, allRows.on(address), SHORT).rows();
  }

  /**
   * Asks the server at an address a question of somebody else's, of which only the first row counts
   * and which must not write, nor take longer than the limit.
   *
   * @return the result's first row, or none
   * @throws ProblemException when it refuses, or does not answer in time
   */
  public List<List<String>> askReadOnly(
      String address, String sql, Map<String, String> parameters, Duration limit) {
    return client(address).ask(sql, parameters, READ_ONLY, limit).rows();
  }

  /**
   * Settings for a query of the server at an address that is to see all rows that a table has,
   * whatever the user's profile has for people's questions.
   *
   * @throws ProblemException when it does not answer
   */
  public Map<String, String> allRows(String address) {
    return allRows.on(address);
  }

  /**
   * Runs a statement on the server at an address, and waits for its end. It is sent once. Rows of a
   * result are left on the server.
   *
   * @throws ProblemException for what the server answers
   * @throws AnswerLost when it may or may not have run
   */
  public Answer run(
      String address,
      String sql,
      String queryId,
      Map<String, String> settings,
      Map<String, String> parameters)
      throws AnswerLost {
    return client(address).run(sql, queryId, parameters, settings, ClickHouseFormat.Null);
  }

  /** Runs a query as {@link #run} does, and returns its rows too. */
  public Answer read(
      String address,
      String sql,
      String queryId,
      Map<String, String> settings,
      Map<String, String> parameters)
      throws AnswerLost {
    return client(address).run(sql, queryId, parameters, settings, ClickHouseFormat.TabSeparated);
  }

  /** Runs an INSERT as {@link #run} does, with the rows that follow it in the format it names. */
  public Answer insert(
      String address,
      String sql,
      String data,
      String queryId,
      Map<String, String> settings,
      Map<String, String> parameters)
      throws AnswerLost {
    return client(address).run(sql, data, queryId, parameters, settings, ClickHouseFormat.Null);
  }

  private List<NodeAddress> findAddresses() {
    List<NodeAddress> found =
        !entry.nodes().isEmpty()
            ? entry.nodes()
            : entry.cluster().map(this::listed).orElseGet(() -> List.of(entry.self()));
    addresses = Optional.of(found);
    return found;
  }

  private List<NodeAddress> listed(String cluster) {
    List<NodeAddress> found =
        ask(entry.self().text(), CLUSTER, Map.of("cluster", cluster)).stream()
            .map(
                row ->
                    new NodeAddress(
                        Integer.parseInt(row.get(0)),
                        Integer.parseInt(row.get(1)),
                        row.get(2),
                        entry.httpPort()))
            .toList();
    if (found.isEmpty()) {
      throw new ProblemException(
          new Problem(
              Reason.DatabaseMissing,
              "system.clusters of %s has no cluster %s".formatted(entry.self().text(), cluster)));
    }
    return found;
  }

  /** What a server's log says, without secrets. */
  String redacted(String text) {
    return redaction.of(text);
  }

  private NodeClient client(String address) {
    return clients.computeIfAbsent(address, key -> new NodeClient(parsed(key), entry, redaction));
  }

  private static NodeAddress parsed(String address) {
    int colon = address.lastIndexOf(':');
    return new NodeAddress(
        1, 1, address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
  }

  /** Closes the connections; what runs on the servers goes on. */
  @Override
  public void close() {
    clients.values().forEach(NodeClient::close);
    clients.clear();
  }
}
