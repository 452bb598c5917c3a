package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.SqlText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.sql.PostgresText;
import com.posthog.asyncmigrations.postgres.Keyset;
import com.posthog.asyncmigrations.postgres.Mark;
import com.posthog.asyncmigrations.postgres.Marks;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The rows of a table get a statement, each batch in one transaction with its mark. */
record UpdatedRows(BatchConnection connection, Marks marks, Intent intent, Step.BatchUpdate step)
    implements Batches {

  @Override
  public String table() {
    return step.table();
  }

  @Override
  public List<String> key() {
    return step.key();
  }

  @Override
  public Step.Pace pace() {
    return step.how();
  }

  @Override
  public String node() {
    return "";
  }

  @Override
  public void begin(Keyset keyset, List<String> bound) {}

  @Override
  public Mark next(Keyset keyset, Mark mark, int rows) throws SQLException {
    connection.begin(BatchLoop.limit(step.how()));
    Optional<List<String>> ahead = keyset.ahead(connection.sql(), mark.after(), mark.bound(), rows);
    List<String> to = ahead.orElse(mark.bound());
    Map<String, String> values = new TreeMap<>(step.parameters());
    values.putAll(Keyset.range(mark.after(), to));
    String sql = SqlText.forBatch(step.sql(), keyset.condition(mark.after().isEmpty()));
    long changed = PostgresText.bound(sql, values).execute(connection.sql());
    Mark next = mark.advanced(to, ahead.isPresent() ? rows : 0, changed, rows);
    marks.advance(connection.sql(), intent, mark, next);
    connection.sql().commit();
    return next;
  }

  @Override
  public void end(Keyset keyset, Mark mark) {}
}
