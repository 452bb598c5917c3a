package com.posthog.asyncmigrations.journey;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Whatever people want and whatever dies, the data is at last that of the whole run or of none, and
 * nothing is left behind. For hours: {@code -Drandom.minutes=120}; the same again: {@code
 * -Drandom.seed=N}, though not to the millisecond.
 */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class RandomIT {
  private static final int MINUTES = Integer.getInteger("random.minutes", 1);
  private static final int DISTURBANCES = 14;
  private static final Credentials USER = new Credentials("posthog", "s3cret-of-a-random-server");

  private final Reaper reaper = new Reaper();
  private final ClickHouseProcess clickHouse =
      ClickHouseProcess.start(SharedClickHouse.engine(), ServerOptions.single(USER), reaper);
  private final ApiServerProcess server;
  private final SharedPostgres.Fresh postgres;

  RandomIT(ApiServerProcess server, SharedPostgres.Fresh postgres) {
    this.server = server;
    this.postgres = postgres;
  }

  @AfterEach
  void stop() {
    clickHouse.close();
    reaper.close();
  }

  @Test
  void whateverDiesWherever() {
    Instant end = Instant.now().plus(Duration.ofMinutes(MINUTES));
    long seed = Long.getLong("random.seed", System.currentTimeMillis());
    do {
      walk(seed++);
    } while (Instant.now().isBefore(end));
  }

  private void walk(long seed) {
    TestDatabase database = new TestDatabase(clickHouse, USER, "default");
    try (Installation installation = new Installation(server, database, postgres);
        RandomWalk walk = new RandomWalk(seed, clickHouse, installation)) {
      try {
        walk.walk(DISTURBANCES);
      } catch (RuntimeException | AssertionError fault) {
        throw new AssertionError(
            "-Drandom.seed=%d in %s\n%s".formatted(seed, installation.namespace(), walk.trace()),
            fault);
      }
    }
  }
}
