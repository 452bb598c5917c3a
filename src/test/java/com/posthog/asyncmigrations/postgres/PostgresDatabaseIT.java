package com.posthog.asyncmigrations.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("it would capture what others log")
class PostgresDatabaseIT {
  private static final String PASSWORD = "any";

  @Test
  void survivesItsServer() {
    try (PostgresProcess server = PostgresProcess.start(PASSWORD)) {
      server.createDatabase("app");
      try (PostgresDatabase database = open(server)) {
        new Schema(database).upgrade();
        NodeRef before = database.node();
        assertThat(before.target()).isEqualTo("pg");
        assertThat(before.address()).isEqualTo("127.0.0.1:" + server.port());
        assertThat(before.seen()).isAfter(before.boot());

        server.kill();
        ProblemException away = catchThrowableOfType(ProblemException.class, database::node);
        assertThat(away.problem().reason()).isEqualTo(Reason.DatabaseUnreachable);

        try (LogCapture log = new LogCapture();
            PostgresDatabase started = open(server)) { // while the server is away
          server.restart();
          assertThat(log.text()).doesNotContain("at com.zaxxer");
          await()
              .atMost(Duration.ofSeconds(30))
              .ignoreException(ProblemException.class)
              .untilAsserted(
                  () -> {
                    assertThat(started.node().identity()).isEqualTo(before.identity());
                    assertThat(database.node().boot()).isAfter(before.boot());
                  });
        }
      }
    }
  }

  @Test
  void rollsBackATransactionThatThrows() {
    try (PostgresProcess server = PostgresProcess.start(PASSWORD)) {
      server.createDatabase("app");
      try (PostgresDatabase database = open(server)) {
        database.ask(c -> c.createStatement().execute("CREATE TABLE t (x int)"));
        assertThatThrownBy(
                () ->
                    database.transact(
                        c -> {
                          c.createStatement().execute("INSERT INTO t VALUES (1)");
                          throw new IllegalStateException();
                        }))
            .isInstanceOf(IllegalStateException.class);
        assertThat(
                database.<Boolean>ask(
                    c -> c.createStatement().executeQuery("SELECT FROM t").next()))
            .isFalse();
      }
    }
  }

  private static PostgresDatabase open(PostgresProcess server) {
    return new PostgresDatabase(
        server.host(),
        server.port(),
        "app",
        "prefer",
        new Credentials(PostgresProcess.USER, PASSWORD));
  }
}
