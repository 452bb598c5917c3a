package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The operator or the server is killed at each kind of statement that a copy and its exchange send,
 * while it is on its way or once it is done and nobody was told: every row is there once, no chunk
 * is copied more than once too often, and what arrives late does no harm.
 */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class EveryStatementIT {
  private static final Credentials USER = new Credentials("posthog", "s3cret-of-every-statement");
  private static final TableCopy COPY = Mover.live("t", "n", 8_192);
  private static final int ROWS = 45_000;

  private final Reaper reaper = new Reaper();
  private final ClickHouseProcess server =
      ClickHouseProcess.start(SharedClickHouse.engine(), ServerOptions.single(USER), reaper);
  private final TestDatabase database = new TestDatabase(server, USER, "moves");
  private final SharedPostgres.Fresh postgres;
  private CuttingProxy proxy;
  private Mover mover;
  private final List<String> met = new ArrayList<>();
  private int arrived;

  EveryStatementIT(SharedPostgres.Fresh postgres) {
    this.postgres = postgres;
    new TestDatabase(server, USER, "default").run("CREATE DATABASE moves ENGINE = Atomic");
  }

  /** The statements, in the order in which they are sent first. */
  enum Sent {
    CREATES_A_SCRATCH("CREATE TABLE `moves`.`n__am_"),
    COPIES("INSERT INTO `moves`.`n__am_"),
    VERIFIES("SELECT count\\(\\), sum\\(cityHash64\\(.* FROM `moves`.`n__am_"),
    ASSEMBLES("ALTER TABLE `moves`.`n__am_[^`]*` ATTACH PARTITION"),
    REPLACES("ALTER TABLE `moves`.`n` REPLACE PARTITION"),
    DROPS_A_SCRATCH("DROP TABLE IF EXISTS `moves`.`n__am_"),
    KEEPS_PARTS("ALTER TABLE `moves`.`n` MODIFY SETTING max_bytes_to_merge"),
    ADDS("ALTER TABLE `moves`.`n` ATTACH PARTITION"),
    FENCES("RENAME TABLE .* TO `moves`.`n__swap_"),
    CATCHES_UP("ALTER TABLE `moves`.`n__swap_[^`]*` ATTACH PARTITION"),
    EXCHANGES("EXCHANGE TABLES"),
    NAMES_THE_BACKUP("RENAME TABLE .* TO `moves`.`backup`"),
    ADDS_LATE_ROWS("ALTER TABLE `moves`.`t` ATTACH PARTITION"),
    MERGES_AGAIN("ALTER TABLE `moves`.`t` RESET SETTING");

    static final Set<Sent> OF_A_COPY = EnumSet.range(CREATES_A_SCRATCH, ADDS);

    private final Pattern text;

    Sent(String text) {
      this.text = Pattern.compile(text);
    }
  }

  /** The first statement of a kind, and no other one. */
  private static final class First implements Predicate<String> {
    private static final Pattern ID = Pattern.compile("query_id=([^& ]+)");

    private final Sent kind;
    private String id = "";

    First(Sent kind) {
      this.kind = kind;
    }

    @Override
    public synchronized boolean test(String request) {
      Matcher its = ID.matcher(request);
      if (!kind.text.matcher(request).find() || !its.find()) {
        return false;
      }
      if (id.isEmpty()) {
        id = URLDecoder.decode(its.group(1), StandardCharsets.UTF_8);
      }
      return id.equals(URLDecoder.decode(its.group(1), StandardCharsets.UTF_8));
    }

    /** The statement's; empty until there is one. */
    synchronized String id() {
      return id;
    }
  }

  @BeforeEach
  void tables() {
    database.dropTables();
    database.run(
        "CREATE TABLE t (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY toYYYYMM(d) ORDER BY k");
    database.run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number %% 90, toString(number) FROM numbers(%d)"
            .formatted(ROWS));
    target("toMonday(d)");
    arrived = 0;
    met.clear();
    proxy = new CuttingProxy(server.host(), server.httpPort());
    mover = new Mover(Clusters.through(proxy.port(), database), postgres);
  }

  @AfterEach
  void stop() {
    mover.close();
    proxy.close();
  }

  @AfterAll
  void stopServer() {
    server.close();
    reaper.close();
  }

  private void target(String partitions) {
    database.run(
        "CREATE OR REPLACE TABLE n (k UInt64, d Date, v String) ENGINE MergeTree PARTITION BY %s ORDER BY (v, k)"
            .formatted(partitions));
  }

  /** Where rows stay in their partitions, those of several arrive by one statement. */
  @ParameterizedTest
  @CsvSource({"toMonday(d), false", "toMonday(d), true", "toYYYYMM(d), false", "toYYYYMM(d), true"})
  @Execution(ExecutionMode.SAME_THREAD)
  void theOperatorDiesAtEachOfThem(String partitions, boolean done) {
    target(partitions);
    mover.startCopy(COPY);
    for (Sent at : Sent.OF_A_COPY) {
      meet(at, done);
      mover.dies();
      mover.startCopy(COPY);
    }
    finished();
    int chunks = mover.chunks().size();
    assertThat(proxy.received(request -> Sent.COPIES.text.matcher(request).find()))
        .isBetween(chunks, chunks + 2 * Sent.OF_A_COPY.size());

    exchange();
    for (Sent at : EnumSet.complementOf(EnumSet.copyOf(Sent.OF_A_COPY))) {
      if (at == Sent.NAMES_THE_BACKUP && !done) {
        rowsArriveAt(Sent.EXCHANGES);
      }
      meet(at, done);
      mover.dies();
      exchange();
    }
    finished();

    proxy.release();
    await("what is late has come").until(() -> logged() == met.size());
    everyRowIsThereOnce();
  }

  /** What readers miss comes to its place first, and the same step says so. */
  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void aStopAtTheExchangeDoesNotLeaveItHalfDone() {
    mover.startCopy(COPY);
    finished();
    exchange();
    rowsArriveAt(Sent.FENCES);
    meet(Sent.EXCHANGES, true);

    mover.kill();
    assertThat(mover.end()).isEqualTo(new EffectView.Unfinished());
    mover.submitAgain();
    mover.kill();

    finished();
    everyRowIsThereOnce();
  }

  @ParameterizedTest
  @CsvSource({
    "COPIES, false",
    "REPLACES, false",
    "REPLACES, true",
    "ADDS, true",
    "EXCHANGES, false",
    "EXCHANGES, true",
    "ADDS_LATE_ROWS, true"
  })
  @Execution(ExecutionMode.SAME_THREAD)
  void theServerDiesAtOneOfThem(Sent at, boolean done) {
    mover.startCopy(COPY);
    if (at != Sent.COPIES) {
      rowsArriveAt(Sent.COPIES);
    }
    if (!Sent.OF_A_COPY.contains(at)) {
      finished();
      exchange();
    }
    if (at == Sent.ADDS_LATE_ROWS) {
      rowsArriveAt(Sent.EXCHANGES);
    }

    meet(at, done);
    server.kill();
    server.restart();
    proxy.release();

    finished();
    if (Sent.OF_A_COPY.contains(at)) {
      exchange();
      finished();
    }
    everyRowIsThereOnce();
  }

  /** Where such a statement is on its way, or done without an answer; rows arrive meanwhile. */
  private void meet(Sent at, boolean done) {
    First first = new First(at);
    proxy.hold(first);
    await(at.name()).until(() -> !first.id().isEmpty());
    met.add(first.id());
    arrive();
    if (done) {
      AtomicBoolean lost = new AtomicBoolean();
      proxy.dropAnswers(request -> first.test(request) && lost.compareAndSet(false, true));
      proxy.release();
      await(at + " is done").untilTrue(lost);
    }
  }

  private void rowsArriveAt(Sent at) {
    meet(at, false);
    proxy.release();
  }

  /** In each partition. */
  private void arrive() {
    database.run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + 30 * (number % 3), toString(number)"
            + " FROM numbers(%d, 3) SETTINGS async_insert = 0".formatted(ROWS + arrived));
    arrived += 3;
  }

  private void exchange() {
    mover.startExchange(COPY, "backup");
  }

  private void finished() {
    assertThat(mover.end()).isInstanceOf(EffectView.Finished.class);
  }

  /** How many of the statements that were met have ended on the server, well or not. */
  private int logged() {
    database.run("SYSTEM FLUSH LOGS");
    return Integer.parseInt(
        database.run(
            "SELECT uniqExact(query_id) FROM system.query_log WHERE type != 'QueryStart' AND query_id IN ('%s')"
                .formatted(String.join("', '", met))));
  }

  private void everyRowIsThereOnce() {
    await()
        .until(
            () ->
                database
                    .run(
                        "SELECT count() FROM system.processes WHERE startsWith(query_id, '0001_events-')")
                    .equals("0"));
    assertThat(database.run("SELECT count(), uniqExact(k), countIf(v != toString(k)) FROM t"))
        .isEqualTo("%1$d\t%1$d\t0".formatted(ROWS + arrived));
    assertThat(
            database.run(
                "SELECT name, sorting_key FROM system.tables WHERE database = currentDatabase() ORDER BY name"))
        .isEqualTo("backup\tk\nt\tv, k");
    assertThat(
            database.run(
                "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 't'"
                    + " AND match(engine_full, 'max_bytes_to_merge')"))
        .isEqualTo("0");
  }
}
