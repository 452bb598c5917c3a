package com.posthog.asyncmigrations.operation.sql;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;

/** An operator process that runs one statement, and can be killed in its midst. */
final class OperatorProcess {
  private OperatorProcess() {}

  /** Runs the statement for the first intent, in another Java process. */
  static Process start(SharedPostgres.Fresh fresh, String sql, boolean transactional)
      throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath,
            OperatorProcess.class.getName(),
            fresh.server().host(),
            Integer.toString(fresh.server().port()),
            fresh.name(),
            sql,
            Boolean.toString(transactional))
        .redirectErrorStream(true)
        .redirectOutput(Redirect.DISCARD)
        .start();
  }

  public static void main(String[] args) {
    Credentials credentials = new Credentials(PostgresProcess.USER, SharedPostgres.PASSWORD);
    try (PostgresDatabase database =
            new PostgresDatabase(
                args[0], Integer.parseInt(args[1]), args[2], "prefer", credentials);
        Operator operator = new Operator(database, 1)) {
      Intent intent = Records.intent(1, 1);
      Step.PostgresStatement step =
          Boolean.parseBoolean(args[4]) ? Operator.transactional(args[3]) : Operator.alone(args[3]);
      EffectView end = operator.run(intent, step);
      System.exit(end instanceof EffectView.Finished ? 0 : 1);
    }
  }
}
