package com.posthog.asyncmigrations.journey;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The API server is away during a run, and with it what says who acts. */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class ApiServerOutageIT extends Outage {

  ApiServerOutageIT(ApiServerProcess server, TestDatabase database, SharedPostgres.Fresh fresh) {
    super(server, database, fresh);
  }

  @Test
  void theApiServerIsGoneForLongerThanALease() {
    runFor(50);
    apiServer.refuse();
    passes(LONG);
    operatorEnds(); // who cannot know that it leads does not act
    apiServer.restore();
    finishes(50);
  }

  @Test
  void theApiServerIsSilentForLongerThanALease() {
    runFor(50);
    apiServer.silence();
    passes(LONG);
    operatorEnds(); // who cannot know that it leads does not act
    apiServer.restore();
    finishes(50);
  }

  @Test
  void theApiServerIsSlow() {
    runFor(10);
    apiServer.slowDown(Duration.ofMillis(300));
    finishes(10);
  }
}
