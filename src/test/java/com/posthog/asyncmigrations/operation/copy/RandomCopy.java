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
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/** One table that is copied, exchanged, and in half of the cases exchanged back. */
final class RandomCopy implements AutoCloseable {
  private static final int FIRST = 1_000_000;
  private static final Duration MOST = Duration.ofMinutes(3);

  private final Random random;
  private final ClickHouseProcess server;
  private final TestDatabase database;
  private final Mover mover;
  private final RandomTables tables;
  private final TableCopy copy;
  private final TreeSet<Integer> deleted = new TreeSet<>();
  private final List<String> trace = new ArrayList<>();
  private final Instant began = Instant.now();
  private int disturbances;

  RandomCopy(
      long seed, ClickHouseProcess server, TestDatabase database, SharedPostgres.Fresh postgres) {
    random = new Random(seed);
    this.server = server;
    this.database = database;
    disturbances = 6 + random.nextInt(6);
    tables = new RandomTables(random);
    copy = Mover.live("t", "n", 8_192L * (1 + random.nextInt(5)));
    mover = new Mover(database, postgres);
    prepare();
  }

  private void prepare() {
    database
        .run("SELECT name FROM system.tables WHERE database = 'moves'")
        .lines()
        .forEach(table -> database.run("DROP TABLE `" + table + "` SYNC"));
    for (String statement : List.of(tables.source(), tables.target(), tables.fill())) {
      note(statement.strip());
      database.run(statement);
    }
  }

  String trace() {
    return String.join("\n", trace);
  }

  void run() {
    try (Inserting inserting = new Inserting(database, "t", 1 + random.nextInt(3), FIRST)) {
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
          assertThat(why)
              .as(failed.toString())
              .isIn(Reason.SourceChanged, Reason.SourceKeepsChanging);
          if (what.equals("exchange")) {
            return false;
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
    switch (random.nextInt(9)) {
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
      case 5 -> {
        int residue = random.nextInt(100);
        note("rows are deleted: " + residue);
        delete(residue);
      }
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

  private void delete(int residue) {
    if (whileItAnswers(
        "ALTER TABLE t DELETE WHERE k < %d AND k %% 100 = %d SETTINGS mutations_sync = 1"
            .formatted(RandomTables.BASE, residue))) {
      deleted.add(residue);
    }
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
    long base = RandomTables.BASE - (long) deleted.size() * RandomTables.BASE / 100;
    assertThat(
            database.run(
                "SELECT countIf(k < %d), count() - uniqExact(k), countIf(%s) FROM t"
                    .formatted(FIRST, tables.wrong())))
        .isEqualTo(base + "\t0\t0");
    long inserted = Long.parseLong(database.run("SELECT countIf(k >= %d) FROM t".formatted(FIRST)));
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
    mover.close();
  }
}
