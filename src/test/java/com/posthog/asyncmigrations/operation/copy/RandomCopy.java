package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.Inserting;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One table that is copied, exchanged, and in half of the cases exchanged back. */
final class RandomCopy implements AutoCloseable {
  private static final int FIRST = 1_000_000;
  private static final int HALF_WAY = 1_000_000_000;
  private static final int HALF_WAY_ROWS = 100_000;
  private static final Duration MOST = Duration.ofMinutes(3);

  private final Random random;
  private final ClickHouseProcess server;
  private final TestDatabase database;
  private final Mover mover;
  private final RandomTables tables;
  private final TableCopy copy;
  private final boolean arrives;
  private final TreeSet<Integer> deleted = new TreeSet<>();
  private final TreeSet<Integer> updated = new TreeSet<>();
  private final ExecutorService halfWay = Executors.newCachedThreadPool();
  private final List<String> trace = Collections.synchronizedList(new ArrayList<>());
  private final Instant began = Instant.now();
  private Optional<Inserting> clients = Optional.empty();
  private int disturbances;
  private int halves;

  RandomCopy(
      long seed, ClickHouseProcess server, TestDatabase database, SharedPostgres.Fresh postgres) {
    random = new Random(seed);
    this.server = server;
    this.database = database;
    disturbances = 6 + random.nextInt(6);
    tables = new RandomTables(random);
    arrives = tables.kind() != RandomTables.Kind.SUMMING;
    long chunkRows = 8_192L * (1 + random.nextInt(5));
    copy = arrives ? Mover.live("t", "n", chunkRows) : Mover.still("t", "n", chunkRows);
    mover = new Mover(database, postgres);
    prepare();
  }

  private void prepare() {
    database.dropTables();
    for (String statement : tables.prepare()) {
      note(statement.strip());
      database.run(statement);
    }
  }

  String trace() {
    return String.join("\n", trace);
  }

  void run() {
    try (Inserting inserting =
        new Inserting(database, "t", arrives ? 1 + random.nextInt(3) : 0, FIRST)) {
      clients = Optional.of(inserting);
      until("copy", () -> mover.startCopy(copy));
      boolean swapped = until("exchange", () -> mover.startExchange(copy, "backup"));
      passes(random.nextInt(1_000));
      if (!swapped || random.nextBoolean()) {
        disturbances = random.nextInt(4);
        until("way back", () -> mover.startWayBack(copy, "backup"));
      }
      inserting.stop();
      check(inserting);
    }
  }

  /** What a mutation slips in between is refused, and undone. */
  private boolean until(String what, Runnable start) {
    note(what);
    start.run();
    Instant end = Instant.now().plus(MOST);
    while (Instant.now().isBefore(end)) {
      passes(random.nextInt(400));
      EffectView view = mover.observe();
      if (view instanceof EffectView.Finished) {
        return true;
      }
      if (view instanceof EffectView.Running || view instanceof EffectView.Looking) {
        disturb(start);
      } else {
        note(view.toString());
        if (view instanceof EffectView.Failed failed) {
          Reason why = failed.problem().reason();
          String message = failed.problem().message();
          if (message.contains("APPLY PATCHES")) {
            applyPatches();
          } else {
            assertThat(why)
                .as(failed.toString())
                .isIn(Reason.SourceChanged, Reason.SourceKeepsChanging);
          }
          if (what.equals("exchange")) {
            return false;
          }
          if (message.contains("until it is repeated")) {
            repeat();
          }
        }
        start.run();
      }
    }
    throw new AssertionError(what + " does not end: " + mover.observe());
  }

  private void disturb(Runnable start) {
    if (disturbances == 0) {
      return;
    }
    disturbances--;
    switch (random.nextInt(12)) {
      case 0, 1 -> {
        note("the server is killed");
        server.kill();
        passes(random.nextInt(1_500));
        server.restart();
      }
      case 2, 3 -> {
        note("the operator dies");
        mover.dies();
        start.run();
      }
      case 4 -> {
        note("another operator takes over, and the first does not know");
        mover.isOvertaken();
        start.run();
      }
      case 5 -> change("DELETE", "ALTER TABLE t DELETE", deleted);
      case 8 -> change("lightweight DELETE", "DELETE FROM t", deleted);
      case 9 -> update();
      case 10 -> {
        int pause = random.nextInt(100);
        note("clients pause for so many ms: " + pause);
        clients.orElseThrow().pause(pause);
      }
      case 11 -> insertHalfWay();
      case 6 -> {
        note("everything is merged");
        whileItAnswers("OPTIMIZE TABLE t FINAL SETTINGS optimize_throw_if_noop = 0");
      }
      case 7 -> {
        int atOnce = 1 + random.nextInt(4);
        note("so many chunks at once: " + atOnce);
        mover.limit(new CopyLimits(atOnce, Map.of()));
      }
      default -> note("nothing happens");
    }
  }

  private void update() {
    if (tables.patched() && random.nextInt(3) > 0) {
      change("lightweight UPDATE", "UPDATE t SET u = 1", updated);
    } else {
      change("UPDATE", "ALTER TABLE t UPDATE u = 1", updated);
    }
  }

  private void change(String what, String statement, Set<Integer> changed) {
    int residue = random.nextInt(100);
    note(what + " of rows " + residue);
    if (whileItAnswers(
        "%s WHERE k < %d AND k %% 100 = %d SETTINGS mutations_sync = 1, allow_experimental_lightweight_update = 1"
            .formatted(statement, RandomTables.BASE, residue))) {
      changed.add(residue);
    }
  }

  /** As a person does who is told that the table lacks one. */
  private void repeat() {
    note("all changes are repeated");
    for (String change :
        List.of(
            "DELETE WHERE k < %d AND %s".formatted(RandomTables.BASE, among(deleted)),
            "UPDATE u = 1 WHERE k < %d AND %s".formatted(RandomTables.BASE, among(updated)))) {
      untilItAnswers("ALTER TABLE t " + change + " SETTINGS mutations_sync = 1");
    }
  }

  private void applyPatches() {
    note("patches are applied");
    untilItAnswers("ALTER TABLE t APPLY PATCHES SETTINGS mutations_sync = 2");
  }

  /** Of its many blocks some are there, and others are not. */
  private void insertHalfWay() {
    if (!arrives) {
      return;
    }
    int from = HALF_WAY + HALF_WAY_ROWS * halves++;
    String mark = "/* half way " + from + " */";
    note("an INSERT is killed half way: " + from);
    Future<Boolean> inserting =
        halfWay.submit(
            () ->
                whileItAnswers(
                    """
                    INSERT INTO t (k, d, v) %s SELECT number, toDate('2024-01-01') + number %% 90, toString(number)
                    FROM numbers(%d, %d) SETTINGS async_insert = 0, max_block_size = 1000, max_insert_threads = 1,
                      min_insert_block_size_rows = 1000, max_partitions_per_insert_block = 0
                    """
                        .formatted(mark, from, HALF_WAY_ROWS)));
    passes(random.nextInt(300));
    whileItAnswers(
        "KILL QUERY WHERE query_kind = 'Insert' AND position(query, '%s') > 0 SYNC"
            .formatted(mark));
    await().atMost(MOST).until(inserting::isDone);
  }

  private void untilItAnswers(String statement) {
    await().atMost(MOST).until(() -> whileItAnswers(statement));
  }

  private boolean whileItAnswers(String statement) {
    try {
      database.run(statement);
      return true;
    } catch (RuntimeException refused) {
      note(refused.toString());
      return false;
    }
  }

  private void check(Inserting inserting) {
    for (String fault : tables.faults("NOT (" + among(deleted) + ")", among(updated))) {
      assertThat(ofItsRows(fault)).as(fault).isEqualTo("0");
    }
    assertThat(ofItsRows("SELECT count() - uniqExact(k) FROM t WHERE k >= %d".formatted(FIRST)))
        .isEqualTo("0");
    long inserted =
        Long.parseLong(
            ofItsRows("SELECT countIf(k >= %d AND k < %d) FROM t".formatted(FIRST, HALF_WAY)));
    note("%d rows were acknowledged, %d are there".formatted(inserting.rows(), inserted));
    assertThat(inserted).isBetween(inserting.rows(), inserting.atMost());
    assertThat(
            database.run(
                "SELECT name FROM system.tables WHERE database = 'moves' AND match(name, '__(am|swap)_')"))
        .isEmpty();
    assertThat(
            database.run(
                "SELECT count() FROM system.tables WHERE database = 'moves' AND name = 't'"
                    + " AND match(engine_full, 'max_bytes_to_merge')"))
        .isEqualTo("0");
    assertThat(
            database.run(
                "SELECT count() FROM system.processes WHERE startsWith(query_id, '0001_events-')"))
        .isEqualTo("0");
  }

  /** ClickHouse 26.7 shows rows that were lightly deleted where it reads a projection. */
  private String ofItsRows(String query) {
    return database.run(query + " SETTINGS optimize_use_projections = 0");
  }

  private static String among(Set<Integer> residues) {
    return "has(%s::Array(UInt8), k %% 100)".formatted(residues);
  }

  private void passes(int milliseconds) {
    Duration time = Duration.ofMillis(milliseconds);
    await()
        .pollDelay(time)
        .pollInterval(Duration.ofMillis(1))
        .atMost(time.plusSeconds(10))
        .until(() -> true);
  }

  private void note(String what) {
    trace.add(
        "%6.1f %s".formatted(Duration.between(began, Instant.now()).toMillis() / 1_000.0, what));
  }

  @Override
  public void close() {
    halfWay.shutdownNow();
    mover.close();
  }
}
