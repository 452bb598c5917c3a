package com.posthog.asyncmigrations.operation.verify;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.plan.SqlText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.operation.sql.PostgresFlights;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.StepName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Compares the first value of a query on PostgreSQL with what is expected. Only the process that
 * asked has the answer.
 */
public final class PostgresExpectation implements StepRunner<Step.ExpectValue> {
  private final PostgresDatabase database;
  private final Backends backends;
  private final PostgresFlights sender;
  private final Recognition recognition;

  /** Asks this database. */
  public PostgresExpectation(
      PostgresDatabase database, Backends backends, Flights flights, Recognition recognition) {
    this.database = database;
    this.backends = backends;
    sender = new PostgresFlights(database, flights);
    this.recognition = recognition;
  }

  @Override
  public void submit(Intent intent, Step.ExpectValue step, Runnable wake) {
    sender.launch(intent.effectId(), connection -> answer(connection, step), wake);
  }

  @Override
  public EffectView observe(Intent intent, Step.ExpectValue step, LeaseView.Held lease) {
    return recognition.of(intent, lease, () -> lookUp(intent.effectId()));
  }

  @Override
  public void kill(Intent intent, Step.ExpectValue step) {
    backends.kill(StepName.of(intent.effectId()));
  }

  /**
   * The server does not notice that its client has died before it has something to tell it: so the
   * query of a predecessor may still be there.
   */
  private Lookup lookUp(String effectId) {
    try {
      return backends.running(StepName.of(effectId))
          ? new Lookup.Running(0, 0)
          : new Lookup.Absent(false, "the process that had asked is gone, and the answer with it");
    } catch (ProblemException unanswered) {
      return new Lookup.Unanswered(unanswered.problem());
    }
  }

  private EffectView answer(Connection connection, Step.ExpectValue step) throws AnswerLost {
    try {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      return compare(step.expectation(), firstValue(connection, step));
    } catch (SQLException failure) {
      Problem problem = database.problem(failure);
      if (PostgresFlights.lost(connection)) {
        throw new AnswerLost(problem);
      }
      return new EffectView.Failed(problem);
    }
  }

  /** As text; NULL, and no row at all, as something that no number is. */
  private static String firstValue(Connection connection, Step.ExpectValue step)
      throws SQLException {
    try (Statement settings = connection.createStatement()) {
      settings.execute("SET LOCAL statement_timeout = 0"); // the operation has one of its own
    }
    try (PreparedStatement statement =
        connection.prepareStatement(SqlText.positional(step.sql()))) {
      List<String> names = SqlText.postgresParameters(step.sql());
      for (int i = 0; i < names.size(); i++) {
        statement.setString(i + 1, step.parameters().get(names.get(i)));
      }
      statement.setMaxRows(1);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          return "no row";
        }
        String value = rows.getString(1);
        return value == null ? "NULL" : value;
      }
    }
  }

  private static EffectView compare(Step.Expectation expectation, String value) {
    return expectation.passes(value)
        ? new EffectView.Finished(1)
        : new EffectView.Failed(
            new Problem(
                Reason.VerificationFailed,
                "found '%s'; %s would pass".formatted(value, expectation.describe())));
  }
}
