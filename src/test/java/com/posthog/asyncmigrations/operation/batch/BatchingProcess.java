package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;

/** An operator process that goes through a table in batches, and can be killed in its midst. */
final class BatchingProcess {
  private BatchingProcess() {}

  /** Runs the statement for the first intent, in another Java process. */
  static Process start(SharedPostgres.Fresh fresh, String sql, int most) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath,
            BatchingProcess.class.getName(),
            fresh.server().host(),
            Integer.toString(fresh.server().port()),
            fresh.name(),
            sql,
            Integer.toString(most))
        .redirectErrorStream(true)
        .redirectOutput(Redirect.DISCARD)
        .start();
  }

  public static void main(String[] args) {
    Credentials credentials = new Credentials(PostgresProcess.USER, SharedPostgres.PASSWORD);
    try (PostgresDatabase database =
            new PostgresDatabase(
                args[0], Integer.parseInt(args[1]), args[2], "prefer", credentials);
        Batching operator = new Batching(database, 1)) {
      operator.run(
          Records.intent(1, 1),
          Batching.step(args[3], Integer.parseInt(args[4]), Duration.ofSeconds(2)));
    }
  }
}
