package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseEntry;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** An operator process that copies a table, and can be killed in its midst. */
final class CopyingProcess {
  private CopyingProcess() {}

  /** Copies for the first intent, in another Java process. */
  static Process start(SharedPostgres.Fresh fresh, TestDatabase clickHouse, int port, int most)
      throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath,
            CopyingProcess.class.getName(),
            fresh.server().host(),
            Integer.toString(fresh.server().port()),
            fresh.name(),
            Integer.toString(port),
            clickHouse.name(),
            clickHouse.user().user(),
            clickHouse.user().password(),
            Integer.toString(most))
        .redirectErrorStream(true)
        .redirectOutput(Redirect.DISCARD)
        .start();
  }

  public static void main(String[] args) {
    Credentials credentials = new Credentials(PostgresProcess.USER, SharedPostgres.PASSWORD);
    ClickHouseEntry entry =
        new ClickHouseEntry(
            "127.0.0.1",
            Integer.parseInt(args[3]),
            false,
            args[4],
            Optional.empty(),
            List.of(),
            new Credentials(args[5], args[6]));
    try (PostgresDatabase database =
            new PostgresDatabase(
                args[0], Integer.parseInt(args[1]), args[2], "prefer", credentials);
        ClickHouseCluster cluster = new ClickHouseCluster(entry);
        Copying operator = new Copying(database, cluster, 1)) {
      operator.run(Records.intent(1, 1), Copying.step(Integer.parseInt(args[7])));
    }
  }
}
