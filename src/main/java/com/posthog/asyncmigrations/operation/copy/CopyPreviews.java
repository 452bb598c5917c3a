package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.preflight.CopyEstimate;
import com.posthog.asyncmigrations.core.preflight.CopyFacts;
import com.posthog.asyncmigrations.core.preflight.Movement;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook.ChunkOutlook;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What copies and exchanges of tables would do on a cluster. Changes nothing there. */
public final class CopyPreviews {
  private static final String POLICY =
      "SELECT storage_policy FROM system.tables WHERE database = {database:String} AND name = {table:String}";

  private static final String BYTES =
      """
      SELECT sum(bytes_on_disk) FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String}
      """;

  /** The disks of a policy together: where one is full, parts go to the next. */
  private static final String SPACE =
      """
      SELECT sum(toFloat64(unreserved_space)), sum(toFloat64(total_space)) FROM system.disks
      WHERE name IN (SELECT arrayJoin(disks) FROM system.storage_policies WHERE policy_name = {policy:String})
      """;

  private static final String VIEWS =
      """
      SELECT arrayJoin(arrayMap((d, t) -> concat(d, '.', t), dependencies_database, dependencies_table))
      FROM system.tables WHERE database = {database:String} AND name = {table:String}
      """;

  private final ClickHouseCluster cluster;
  private final Clock clock;

  /** On this cluster. */
  public CopyPreviews(ClickHouseCluster cluster, Clock clock) {
    this.cluster = cluster;
    this.clock = clock;
  }

  /**
   * What was found of a copy, over all shards.
   *
   * @param toKnow what is no problem for the copy, and may be one for who reads it
   */
  public record Seen(
      Movement moves,
      List<Problem> problems,
      List<String> statements,
      List<ChunkOutlook> chunks,
      Set<String> toKnow) {}

  /**
   * Looks at a copy.
   *
   * @param targetThere whether there is a target on every shard
   * @param measured bytes that earlier copies brought over in a second
   * @throws com.posthog.asyncmigrations.core.ProblemException when a table cannot be looked at
   */
  public Seen look(TableCopy copy, boolean targetThere, Optional<Double> measured) {
    TableName source = TableName.of(copy.source(), cluster.database());
    TableName target = TableName.of(copy.target(), cluster.database());
    List<CopyFacts.Shard> shards = new ArrayList<>();
    List<CopyFacts.Store> stores = new ArrayList<>();
    Set<Problem> problems = new LinkedHashSet<>();
    List<String> statements = List.of();
    List<ChunkOutlook> chunks = new ArrayList<>();
    Set<String> toKnow = new LinkedHashSet<>();
    for (ClickHouseNode first : firsts()) {
      CopyPreview.Seen seen = new CopyPreview(node(first), copy).look(source, target, targetThere);
      shards.add(seen.shard());
      problems.addAll(seen.problems());
      statements = statements.isEmpty() ? seen.statements() : statements;
      chunks.addAll(seen.chunks());
      seen.toKnow().ifPresent(toKnow::add);
      cluster.nodes().stream()
          .filter(n -> n.address().shard() == first.address().shard())
          .filter(n -> seen.replicated() || n.equals(first))
          .forEach(
              n -> stores.add(store(n.address().text(), source, targetThere ? target : source)));
    }
    CopyFacts facts = new CopyFacts(shards, stores);
    Movement moves =
        copy.hardLinks() ? CopyEstimate.hardLinks(facts) : CopyEstimate.rows(facts, measured);
    problems.addAll(CopyEstimate.tooSmall(moves));
    return new Seen(moves, List.copyOf(problems), statements, chunks, toKnow);
  }

  private List<ClickHouseNode> firsts() {
    List<ClickHouseNode> nodes = cluster.nodes();
    return nodes.stream()
        .filter(n -> ClickHouseNode.targets(nodes, Step.Target.EVERY_SHARD).contains(n.ref()))
        .toList();
  }

  private CopyNode node(ClickHouseNode on) {
    return new CopyNode(cluster, on.ref(), "dry-run", "", new CopyControl(), clock);
  }

  private CopyFacts.Store store(String address, TableName source, TableName policyOf) {
    String policy =
        cluster.ask(address, POLICY, policyOf.parameters()).stream()
            .findFirst()
            .map(row -> row.get(0))
            .orElse("");
    long bytes = number(cluster.ask(address, BYTES, source.parameters()).get(0).get(0));
    List<String> space = cluster.ask(address, SPACE, Map.of("policy", policy)).get(0);
    return new CopyFacts.Store(address, policy, bytes, number(space.get(0)), number(space.get(1)));
  }

  /** Disks without a limit have more bytes than a number has. */
  private static long number(String text) {
    return Math.round(Double.parseDouble(text));
  }

  /** The views that INSERTs into a table fire, by the first node. */
  public List<String> views(String table) {
    return cluster
        .ask(
            cluster.nodes().get(0).address().text(),
            VIEWS,
            TableName.of(table, cluster.database()).parameters())
        .stream()
        .map(row -> row.get(0))
        .toList();
  }

  /** Whether a table has projections, on any shard. */
  public boolean haveProjections(TableName table) {
    return firsts().stream().anyMatch(on -> LateRows.projection(node(on), table).isPresent());
  }

  /** What an exchange sends. */
  public List<String> statements(ExchangeTables step) {
    TableName table = TableName.of(step.copy().source(), cluster.database());
    TableName target = TableName.of(step.copy().target(), cluster.database());
    TableName fenced = target.sibling(target.name() + Exchanges.FENCED + CopyPreview.OF_RUN);
    return List.of(
        Names.renaming(target, fenced),
        Exchanges.exchanging(table, fenced),
        Names.renaming(fenced, table.sibling(step.backup())));
  }
}
