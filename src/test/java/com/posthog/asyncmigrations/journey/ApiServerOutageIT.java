package com.posthog.asyncmigrations.journey;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.OutageProxy;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The API server is away during a run, and with it what says who acts. */
@Order(1)
@OwnOperator
class ApiServerOutageIT extends Outage {
  private final OutageProxy apiServer;

  ApiServerOutageIT(
      ApiServerProcess server,
      TestDatabase database,
      SharedPostgres.Fresh fresh,
      WatchedNamespace namespace) {
    super(server, database, fresh, namespace);
    apiServer = new OutageProxy("127.0.0.1", server.port());
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

  @Override
  OperatorProcess newOperator() {
    return installation.startOperatorBehind(apiServer.port());
  }

  /** An operator that has ended, because it could not know any more that it leads, is restarted. */
  @Override
  void until(Callable<Boolean> so) {
    super.until(
        () -> {
          if (!operator().isAlive()) {
            succeed(newOperator());
          }
          return so.call();
        });
  }

  /** By itself. */
  private void operatorEnds() {
    until("the operator has ended", () -> !operator().isAlive());
  }

  @AfterEach
  void disconnect() {
    apiServer.close();
  }
}
