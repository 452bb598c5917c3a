package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows a mutation in {@code system.mutations} of all replicas of a shard, and ends it. */
public final class Mutations {
  private static final Logger LOG = LoggerFactory.getLogger(Mutations.class);

  /** One row for each command of a mutation. */
  private static final String LISTED =
      """
      SELECT mutation_id, command, is_done, latest_fail_reason FROM system.mutations
      WHERE database = {database:String} AND table = {table:String}
        AND create_time >= fromUnixTimestamp({since:Int64})
      """;

  private static final String PARTS =
      """
      WITH (
        SELECT groupUniqArrayArray(parts_to_do_names) FROM system.mutations
        WHERE database = {database:String} AND table = {table:String} AND mutation_id = {id:String}
      ) AS to_do
      SELECT count(), countIf(NOT has(to_do, name)), sumIf(rows, NOT has(to_do, name)) FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String}
      """;

  private static final String REPLICATED =
      """
      SELECT 1 FROM system.tables
      WHERE database = {database:String} AND name = {table:String} AND engine LIKE 'Replicated%'
      """;

  /** What has ended leaves the list, the oldest first, but for so many; a table may say its own. */
  private static final String GONE =
      """
      WITH (
        SELECT max(toUInt64(value)) FROM (
          SELECT value FROM system.merge_tree_settings WHERE name = 'finished_mutations_to_keep'
          UNION ALL
          SELECT value FROM system.replicated_merge_tree_settings WHERE name = 'finished_mutations_to_keep')
      ) AS usual, (
        SELECT any(extract(engine_full, 'finished_mutations_to_keep = (\\\\d+)')) FROM system.tables
        WHERE database = {database:String} AND name = {table:String}
      ) AS own
      SELECT uniqExact(mutation_id) < if(own = '', usual, toUInt64OrZero(own)) FROM system.mutations
      WHERE database = {database:String} AND table = {table:String} AND is_done
        AND create_time >= fromUnixTimestamp({sent:Int64})
      """;

  private static final String MUTATING =
      """
      SELECT 1 FROM system.merges
      WHERE is_mutation AND database = {database:String} AND table = {table:String} LIMIT 1
      """;

  private static final String ACCEPTED_JUST_NOW =
      """
      SELECT 1 FROM system.query_log
      WHERE event_date >= today() - 1 AND event_time >= now() - {seconds:UInt32}
        AND query_id = {id:String} AND type = 'QueryFinish' LIMIT 1
      """;

  private static final String KILL =
      """
      KILL MUTATION WHERE database = {database:String} AND table = {table:String}
        AND mutation_id = {id:String} AND NOT is_done
      """;

  private final ClickHouseCluster cluster;
  private final Duration untilListed;

  /**
   * On this cluster.
   *
   * @param untilListed the longest time that a replica takes to list what was accepted
   */
  public Mutations(ClickHouseCluster cluster, Duration untilListed) {
    this.cluster = cluster;
    this.untilListed = untilListed;
  }

  /**
   * The mutation that is looked for.
   *
   * @param sent it was not there before, by the clock of the node that it was sent to
   * @param marked whether its commands tell it from any other, whenever that was sent
   * @param isIt whether these are its commands
   */
  public record Sought(
      String database, String table, Instant sent, boolean marked, Predicate<List<String>> isIt) {
    private Map<String, String> named() {
      long second = sent.getEpochSecond();
      return Map.of(
          "database",
          database,
          "table",
          table,
          "sent",
          Long.toString(second),
          "since",
          Long.toString(marked ? 0 : second));
    }
  }

  private record Listed(String id, boolean done, String failure) {}

  private record Parts(long all, long done, long rows) {}

  /**
   * What the replicas list of it; empty when none has it. It has finished when it has on all of
   * them, and fails when one says so.
   *
   * @throws ProblemException when one of them does not answer
   */
  public Optional<Lookup> find(Sought sought, NodeRef sentTo) {
    Map<String, Listed> found = new LinkedHashMap<>();
    boolean behind = false;
    for (String address : replicas(sentTo)) {
      Optional<Listed> listed = listed(address, sought);
      listed.ifPresent(l -> found.put(address, l));
      behind |= listed.isEmpty() && replicated(address, sought);
    }
    if (found.isEmpty()) {
      return Optional.empty();
    }
    List<Parts> parts = new ArrayList<>();
    found.forEach((address, listed) -> parts.add(parts(address, sought, listed)));
    long rows = parts.get(0).rows();
    if (!behind && found.values().stream().allMatch(Listed::done)) {
      return Optional.of(new Lookup.Finished(rows));
    }
    double all = parts.stream().mapToLong(Parts::all).sum();
    double done = parts.stream().mapToLong(Parts::done).sum();
    return Optional.of(new Lookup.Running(all == 0 ? 0 : done / all, rows, failure(found)));
  }

  /**
   * What became of a mutation that was accepted under this query id, and that no replica lists.
   *
   * @throws ProblemException when a replica does not answer
   */
  public Lookup gone(Sought sought, NodeRef sentTo, String queryId) {
    for (String address : replicas(sentTo)) {
      // a part that was under way when the mutation was killed is finished all the same
      if (!cluster.ask(address, MUTATING, sought.named()).isEmpty()) {
        return new Lookup.Running(0, 0);
      }
    }
    String address = sentTo.address();
    if (replicated(address, sought) && acceptedJustNow(address, queryId)) {
      return new Lookup.Running(0, 0);
    }
    boolean wouldBeListed = cluster.ask(address, GONE, sought.named()).get(0).get(0).equals("1");
    return wouldBeListed
        ? new Lookup.Failed(
            new Problem(
                Reason.StatementKilled,
                "the mutation of %s.%s was killed: it was accepted, and %s does not list it any more"
                    .formatted(sought.database(), sought.table(), address)))
        : new Lookup.Absent(
            false,
            "%s has accepted the mutation, and has finished so many others since that it would not list it any more"
                .formatted(address));
  }

  /**
   * Ends it wherever it is listed and not done. Parts that were done stay done, and those under way
   * may become so.
   */
  public void kill(Sought sought, NodeRef sentTo) {
    for (String address : replicas(sentTo)) {
      try {
        listed(address, sought).filter(l -> !l.done()).ifPresent(l -> kill(address, sought, l));
      } catch (ProblemException e) {
        LOG.warn("Could not ask {} to end a mutation: {}", address, e.getMessage());
      }
    }
  }

  private void kill(String address, Sought sought, Listed listed) {
    cluster.ask(address, KILL, with(sought, "id", listed.id()));
  }

  /** Its own node first, then the others of its shard. */
  private List<String> replicas(NodeRef sentTo) {
    Optional<Integer> shard =
        cluster.addresses().stream()
            .filter(a -> a.text().equals(sentTo.address()))
            .map(NodeAddress::shard)
            .findFirst();
    Stream<String> others =
        cluster.addresses().stream()
            .filter(a -> shard.filter(s -> s == a.shard()).isPresent())
            .map(NodeAddress::text);
    return Stream.concat(Stream.of(sentTo.address()), others).distinct().toList();
  }

  private Optional<Listed> listed(String address, Sought sought) {
    Map<String, List<List<String>>> byId = new LinkedHashMap<>();
    cluster
        .ask(address, LISTED, sought.named())
        .forEach(row -> byId.computeIfAbsent(row.get(0), id -> new ArrayList<>()).add(row));
    return byId.values().stream()
        .filter(rows -> sought.isIt().test(rows.stream().map(row -> row.get(1)).toList()))
        .map(rows -> rows.get(rows.size() - 1))
        .map(row -> new Listed(row.get(0), row.get(2).equals("1"), row.get(3)))
        .findFirst();
  }

  private boolean replicated(String address, Sought sought) {
    return !cluster.ask(address, REPLICATED, sought.named()).isEmpty();
  }

  private boolean acceptedJustNow(String address, String queryId) {
    String seconds = Long.toString(untilListed.toSeconds());
    return !cluster
        .ask(address, ACCEPTED_JUST_NOW, Map.of("id", queryId, "seconds", seconds))
        .isEmpty();
  }

  private Parts parts(String address, Sought sought, Listed listed) {
    List<String> row = cluster.ask(address, PARTS, with(sought, "id", listed.id())).get(0);
    return new Parts(
        Long.parseLong(row.get(0)), Long.parseLong(row.get(1)), Long.parseLong(row.get(2)));
  }

  private Optional<Problem> failure(Map<String, Listed> found) {
    return found.entrySet().stream()
        .filter(e -> !e.getValue().done() && !e.getValue().failure().isEmpty())
        .map(e -> ClickHouseProblems.logged(cluster.redacted(e.getValue().failure())))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Map<String, String> with(Sought sought, String name, String value) {
    return Map.of("database", sought.database(), "table", sought.table(), name, value);
  }
}
