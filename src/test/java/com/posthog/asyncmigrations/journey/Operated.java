package com.posthog.asyncmigrations.journey;

import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A journey in an installation of its own, with an operator of its own. */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
abstract class Operated {
  final Installation installation;
  OperatorProcess operator;

  Operated(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
    operator = installation.startOperator().awaitLeading();
  }

  @AfterEach
  void stop() {
    operator.close();
    installation.close();
  }

  /** Another operator, after the first one has died. */
  void startSuccessor() {
    operator.close();
    operator = installation.startOperator().awaitLeading();
  }

  /** Waits until the migration is in that phase. */
  void awaitPhase(String name, String phase) {
    until(name + " is " + phase, () -> phase.equals(installation.phase(name)));
  }

  /** Waits until the migration gives that reason. */
  void awaitReason(String name, String reason) {
    until(
        name + " says " + reason,
        () -> reason.equals(installation.condition(name, "Ready").reason()));
  }

  /** Waits until the status speaks of the spec as it is now. */
  void awaitSeen(String name) {
    until(
        "the spec of " + name + " is seen",
        () ->
            installation
                .migration(name)
                .getMetadata()
                .getGeneration()
                .equals(installation.status(name).orElseThrow().observedGeneration()));
  }

  /** Waits until an Event of the migration has that reason. */
  void awaitEvent(String name, String reason) {
    until(reason + " is told", () -> installation.eventReasons(name).contains(reason));
  }

  static void until(String what, Callable<Boolean> so) {
    await(what).atMost(Duration.ofMinutes(3)).until(so);
  }
}
