package com.posthog.asyncmigrations.operation.verify;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;

/** An operator process that asks PostgreSQL one question, and can be killed in its midst. */
final class ExpectingProcess {
  private ExpectingProcess() {}

  /** Asks it for the test's intent, in another Java process. */
  static Process start(SharedPostgres.Fresh fresh, String sql) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath,
            ExpectingProcess.class.getName(),
            fresh.server().host(),
            Integer.toString(fresh.server().port()),
            fresh.name(),
            sql)
        .redirectErrorStream(true)
        .redirectOutput(Redirect.DISCARD)
        .start();
  }

  public static void main(String[] args) throws InterruptedException {
    Credentials credentials = new Credentials(PostgresProcess.USER, SharedPostgres.PASSWORD);
    CountDownLatch ended = new CountDownLatch(1);
    try (PostgresDatabase database =
            new PostgresDatabase(
                args[0], Integer.parseInt(args[1]), args[2], "prefer", credentials);
        Flights flights = new Flights(1, Clock.systemUTC())) {
      PostgresExpectationIT.runner(database, flights, Clock.systemUTC())
          .submit(
              PostgresExpectationIT.INTENT,
              PostgresExpectationIT.step(args[3], PostgresExpectationIT.ONE),
              ended::countDown);
      ended.await();
    }
  }
}
