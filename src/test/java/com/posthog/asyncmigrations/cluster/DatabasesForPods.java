package com.posthog.asyncmigrations.cluster;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.Engine;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import java.io.IOException;

/**
 * A program that runs both databases where pods can reach them, until its standard input is closed.
 */
final class DatabasesForPods {
  /** The password of the user {@code posthog} of both. */
  static final String PASSWORD = "s3cret-of-the-cluster";

  private DatabasesForPods() {}

  /** Prints the ports of ClickHouse and PostgreSQL once they answer. */
  public static void main(String[] arguments) throws Exception {
    try (Reaper reaper = new Reaper();
        ClickHouseProcess clickHouse =
            ClickHouseProcess.start(
                Engine.ofUser().install(progress -> {}),
                ServerOptions.single(new Credentials("posthog", PASSWORD)),
                reaper);
        PostgresProcess postgres = PostgresProcess.start(PASSWORD)) {
      reaper.kills(postgres.pid());
      postgres.createDatabase("posthog");
      System.out.println(
          "ready "
              + new Relay(clickHouse.httpPort()).port()
              + " "
              + new Relay(postgres.port()).port());
      awaitEnd();
    }
    System.exit(0);
  }

  private static void awaitEnd() throws IOException {
    while (System.in.read() >= 0) {
      // nobody has anything to say to us
    }
  }
}
