package com.posthog.asyncmigrations.operation.items;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
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
import com.posthog.asyncmigrations.postgres.Items;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.StepName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Lists items by a query on PostgreSQL. Only the process that asked has the answer. */
public final class PostgresItems implements StepRunner<Step.ListItems> {
  private final PostgresDatabase database;
  private final Backends backends;
  private final PostgresFlights sender;
  private final ItemList list;
  private final Recognition recognition;

  /** On this database; the list is kept here. */
  public PostgresItems(
      PostgresDatabase database,
      Backends backends,
      Items items,
      MigrationKey key,
      Flights flights,
      Recognition recognition) {
    this.database = database;
    this.backends = backends;
    sender = new PostgresFlights(database, flights);
    list = new ItemList(items, key);
    this.recognition = recognition;
  }

  @Override
  public void submit(Intent intent, Step.ListItems step, Runnable wake) {
    sender.launch(intent.effectId(), connection -> answer(connection, intent, step), wake);
  }

  private EffectView answer(Connection connection, Intent intent, Step.ListItems step)
      throws AnswerLost {
    try {
      return list.keep(intent, step, rows(connection, step));
    } catch (ProblemException refused) {
      return new EffectView.Failed(refused.problem());
    } catch (SQLException failure) {
      Problem problem = database.problem(failure);
      if (PostgresFlights.lost(connection)) {
        throw new AnswerLost(problem);
      }
      return new EffectView.Failed(problem);
    }
  }

  private static List<List<String>> rows(Connection connection, Step.ListItems step)
      throws SQLException {
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    try (Statement settings = connection.createStatement()) {
      settings.execute("SET LOCAL statement_timeout = 0"); // the operation has one of its own
    }
    try (PreparedStatement statement =
        connection.prepareStatement(SqlText.positional(step.sql()))) {
      List<String> names = SqlText.postgresParameters(step.sql());
      for (int i = 0; i < names.size(); i++) {
        statement.setString(i + 1, step.parameters().get(names.get(i)));
      }
      statement.setMaxRows(Items.MOST + 1);
      List<List<String>> rows = new ArrayList<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(row(result));
        }
      }
      return rows;
    }
  }

  /** As text; NULL as the word, as ClickHouse's rows have it. */
  private static List<String> row(ResultSet result) throws SQLException {
    List<String> row = new ArrayList<>();
    for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
      String value = result.getString(column);
      row.add(value == null ? "NULL" : value);
    }
    return row;
  }

  @Override
  public EffectView observe(Intent intent, Step.ListItems step, LeaseView.Held lease) {
    return recognition.of(intent, lease, () -> lookUp(intent.effectId()));
  }

  private Lookup lookUp(String effectId) {
    try {
      return backends.running(StepName.of(effectId))
          ? new Lookup.Running(0, 0)
          : new Lookup.Absent(false, "the process that had asked is gone, and the answer with it");
    } catch (ProblemException unanswered) {
      return new Lookup.Unanswered(unanswered.problem());
    }
  }

  @Override
  public void kill(Intent intent, Step.ListItems step) {
    backends.kill(StepName.of(intent.effectId()));
  }
}
