package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Tables of random shapes are copied and exchanged while clients insert, rows are deleted, and
 * operators and the server die at random: every acknowledged row is there once, and nothing is left
 * behind. For hours: {@code -Drandom.minutes=120}; the same again: {@code -Drandom.seed=N}, though
 * not to the millisecond.
 */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class RandomCopyIT {
  private static final int MINUTES = Integer.getInteger("random.minutes", 1);
  private static final Credentials USER = new Credentials("posthog", "s3cret-of-a-random-copy");

  private final Reaper reaper = new Reaper();
  private final ClickHouseProcess server =
      ClickHouseProcess.start(SharedClickHouse.engine(), ServerOptions.single(USER), reaper);
  private final SharedPostgres.Fresh postgres;

  RandomCopyIT(SharedPostgres.Fresh postgres) {
    this.postgres = postgres;
  }

  @AfterEach
  void stop() {
    server.close();
    reaper.close();
  }

  @Test
  void whateverDiesWherever() {
    new TestDatabase(server, USER, "default").run("CREATE DATABASE moves ENGINE = Atomic");
    Instant end = Instant.now().plus(Duration.ofMinutes(MINUTES));
    long seed = Long.getLong("random.seed", System.currentTimeMillis());
    do {
      copy(seed++);
    } while (Instant.now().isBefore(end));
  }

  private void copy(long seed) {
    TestDatabase database = new TestDatabase(server, USER, "moves");
    try (RandomCopy copy = new RandomCopy(seed, server, database, postgres)) {
      try {
        copy.run();
      } catch (RuntimeException | AssertionError fault) {
        throw new AssertionError("-Drandom.seed=%d\n%s".formatted(seed, copy.trace()), fault);
      }
    }
  }
}
