package com.posthog.asyncmigrations.journey;

import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A journey in an installation of its own, with an operator that others share, or {@link
 * OwnOperator} of its own.
 */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({
  SharedApiServer.class,
  SharedClickHouse.class,
  SharedPostgres.class,
  SharedOperator.class
})
abstract class Operated {
  final Installation installation;
  private final Optional<OperatorProcess> shared;
  private Optional<OperatorProcess> operator = Optional.empty();

  Operated(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    installation = new Installation(server, clickHouse, postgres, namespace.name());
    shared = namespace.operator();
  }

  @BeforeEach
  final void startOwn() {
    if (shared.isEmpty()) {
      operator = Optional.of(newOperator().awaitLeading());
    }
  }

  /** What a test has as its own. */
  OperatorProcess newOperator() {
    return installation.startOperator();
  }

  @AfterEach
  void stop() {
    operator.ifPresent(OperatorProcess::close);
    installation.close();
  }

  /** The test's own, which it may kill. */
  final OperatorProcess operator() {
    return operator.orElseThrow(() -> new IllegalStateException("say @OwnOperator"));
  }

  /** What the operator has written so far; much of it is of other tests, if they share it. */
  final List<String> log() {
    return shared.or(() -> operator).orElseThrow().log();
  }

  /** Another operator, after the first one has died. */
  final void startSuccessor() {
    succeed(newOperator());
    operator().awaitLeading();
  }

  /** This one takes the place of the test's own. */
  final void succeed(OperatorProcess successor) {
    operator().close();
    operator = Optional.of(successor);
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
