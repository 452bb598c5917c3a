package com.posthog.asyncmigrations.operation.copy;

import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.copy.CopyState;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.decide.Part;
import com.posthog.asyncmigrations.core.decide.Position;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.operation.AdjustableClock;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.postgres.CopyLedger;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Schema;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Runs the steps of one run as an operator does: each under an intent that the ledger waits for. It
 * dies and is succeeded at will.
 */
final class Mover implements AutoCloseable {
  private static final MigrationKey KEY = new MigrationKey("prod", "events", "0001_events");
  private static final Duration LONG = Duration.ofMinutes(3);

  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final PostgresDatabase postgres;
  private final ClickHouseCluster cluster;
  private final AdjustableClock clock = new AdjustableClock();
  private final NodeRef node;
  private final List<Flights> overtaken = new ArrayList<>();
  private Flights flights = new Flights(4, clock);
  private TableMoves moves;
  private long token = 1;
  private int tries;
  private Optional<Running<?>> running = Optional.empty();
  private CopyLimits limits = CopyLimits.DEFAULT;
  private CopyControls controls = new CopyControls();

  Mover(TestDatabase clickHouse, SharedPostgres.Fresh fresh) {
    this(Clusters.of(clickHouse), fresh);
  }

  /** On a server that is reached in another way. */
  Mover(ClickHouseCluster cluster, SharedPostgres.Fresh fresh) {
    this.cluster = cluster;
    postgres = fresh.open();
    new Schema(postgres).upgrade();
    node = cluster.nodes().get(0).ref();
    moves = moves();
  }

  private TableMoves moves() {
    controls = new CopyControls();
    controls.limit(KEY, limits);
    return new TableMoves(
        cluster,
        KEY,
        new CopyLedger(postgres, KEY),
        controls,
        flights,
        new Recognition(flights, clock),
        clock);
  }

  /** A step that was submitted. */
  private record Running<S extends Step>(StepRunner<S> runner, Intent intent, S step) {
    EffectView observe(long token) {
      EffectView.Several several =
          (EffectView.Several)
              runner.observe(intent, step, new LeaseView.Held(token, Instant.EPOCH));
      return several.views().get(0);
    }

    void submit() {
      runner.submit(intent, step, () -> {});
    }

    void kill() {
      runner.kill(intent, step);
    }

    void rest() {
      runner.rest(intent, step);
    }
  }

  /** From one table to another, in chunks of so many rows, while rows are inserted. */
  static TableCopy live(String from, String to, long chunkRows) {
    return new TableCopy(from, to, Map.of(), List.of(), true, chunkRows, Map.of());
  }

  /** From one table to another, into which nothing is inserted meanwhile. */
  static TableCopy still(String from, String to, long chunkRows) {
    return new TableCopy(from, to, Map.of(), List.of(), false, chunkRows, Map.of());
  }

  /** From one table to one of equal structure, which then shares its files. */
  static TableCopy hardLinks(String from, String to) {
    return new TableCopy(from, to, Map.of(), List.of(), false, 1, Map.of(), true);
  }

  void startCopy(TableCopy copy) {
    start(moves.copies(), new CopyTable(copy, false), 0);
  }

  void startExchange(TableCopy copy, String backup) {
    start(moves.exchanges(), new ExchangeTables(copy, backup, false), 1);
  }

  void startWayBack(TableCopy copy, String backup) {
    start(moves.exchanges(), new ExchangeTables(copy, backup, true), 1);
  }

  void startUndo(TableCopy copy) {
    start(moves.copies(), new CopyTable(copy, true), 0);
  }

  private <S extends Step> void start(StepRunner<S> runner, S step, int operation) {
    tries++;
    Position position = new Position(Position.Stage.FORWARD, operation, 0, tries);
    String all = Intent.effectId(KEY.migration(), run, 1, position, "all");
    String here = Intent.effectId(KEY.migration(), run, 1, position, node.target());
    Intent intent =
        new Intent(
            position,
            all,
            node,
            List.of(new Part(node, here, token, Part.State.OPEN, 0, Optional.empty())),
            token,
            clock.instant());
    waitFor(all, here);
    Running<S> next = new Running<>(runner, intent, step);
    next.submit();
    running = Optional.of(next);
  }

  /** The ledger waits for this step, and for no other. */
  private void waitFor(String all, String here) {
    String state =
        "{\"run\":{\"intent\":{\"effectId\":\"%s\",\"parts\":[{\"effectId\":\"%s\"}]}}}"
            .formatted(all, here);
    postgres.ask(
        connection ->
            connection
                .createStatement()
                .execute(
                    "INSERT INTO async_migrations.migration (namespace, name, migration, revision, state)"
                        + " VALUES ('%s', '%s', '%s', 1, '%s') ON CONFLICT (namespace, name, migration)"
                            .formatted(KEY.namespace(), KEY.name(), KEY.migration(), state)
                        + " DO UPDATE SET state = excluded.state"));
  }

  /** From the next chunk on. */
  void limit(CopyLimits now) {
    limits = now;
    controls.limit(KEY, now);
  }

  /** So much time passes at once. */
  void passes(Duration time) {
    clock.advance(time);
  }

  /** As it is known now. */
  EffectView observe() {
    return running.orElseThrow().observe(token);
  }

  /** Its end. */
  EffectView end() {
    return end(LONG);
  }

  /** Its end, which may take so long. */
  EffectView end(Duration atMost) {
    return await()
        .atMost(atMost)
        .pollInterval(Duration.ofMillis(50))
        .until(this::observe, view -> !(view instanceof EffectView.Running));
  }

  /** How many rows it says at its end that it was about. */
  long rowsAtEnd() {
    return ((EffectView.Finished) end()).rows();
  }

  /** What a query that people may ask of the ledger answers, for this run. */
  List<String> ask(String documented, String column) {
    String sql =
        documented
            .replace("'posthog'", "'" + KEY.namespace() + "'")
            .replace("'0002-events-sample-by'", "'" + KEY.name() + "'")
            .replace("'5f0c12ab'", "'" + run + "'");
    return postgres.ask(
        connection -> {
          List<String> values = new ArrayList<>();
          try (ResultSet rows = connection.createStatement().executeQuery(sql)) {
            while (rows.next()) {
              values.add(rows.getString(column));
            }
          }
          return values;
        });
  }

  /** What is remembered of the copy to n. */
  List<Chunk> chunks() {
    return new CopyLedger(postgres, KEY).chunks(toN());
  }

  /** How far the copy to n is. */
  CopyState state() {
    return new CopyLedger(postgres, KEY).state(toN()).orElseThrow();
  }

  private CopyLedger.Id toN() {
    return new CopyLedger.Id(run, cluster.database() + ".n", node.target());
  }

  /** The same step under the same id. */
  void submitAgain() {
    running.orElseThrow().submit();
  }

  void kill() {
    running.orElseThrow().kill();
  }

  void rest() {
    running.orElseThrow().rest();
  }

  /** The operator is gone, and what it had sent runs on; a successor comes, which knows nothing. */
  void dies() {
    flights.close();
    flights = new Flights(4, clock);
    moves = moves();
    token++;
  }

  /** A successor comes, but the operator is not gone: it goes on until it notices. */
  void isOvertaken() {
    overtaken.add(flights);
    flights = new Flights(4, clock);
    moves = moves();
    token++;
  }

  @Override
  public void close() {
    overtaken.forEach(Flights::close);
    running.ifPresent(Running::kill);
    flights.close();
    cluster.close();
  }
}
