package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.postgres.Keyset;
import com.posthog.asyncmigrations.postgres.Mark;
import com.posthog.asyncmigrations.postgres.Marks;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The rows of a table go to ClickHouse, which has no transactions: so each batch is recorded before
 * it is sent, and has no effect if it begins later than it says. After that, and when it does not
 * run, what has arrived of it can be seen, and the rest is sent again (docs/decisions/0006).
 */
final class CopiedRows implements Batches {
  private final BatchConnection connection;
  private final Marks marks;
  private final Intent intent;
  private final Step.CopyFromPostgres step;
  private final Destinations destinations;
  private Optional<Destination> found = Optional.empty();
  private Optional<CopiedTable> source = Optional.empty();

  CopiedRows(
      BatchConnection connection,
      Marks marks,
      Intent intent,
      Step.CopyFromPostgres step,
      Destinations destinations) {
    this.connection = connection;
    this.marks = marks;
    this.intent = intent;
    this.step = step;
    this.destinations = destinations;
  }

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
    return intent.node().identity();
  }

  @Override
  public void begin(Keyset keyset, List<String> bound) throws SQLException, Busy {
    Destination destination = destination(keyset);
    long there = bound.isEmpty() ? 0 : destination.count(List.of(), bound);
    if (there > 0) {
      throw Destination.refuse(
          "table %s on ClickHouse has %d rows already with keys up to %s: it must have none, so that it can be told which have arrived",
          destinations, there, bound);
    }
  }

  @Override
  public Mark next(Keyset keyset, Mark mark, int rows) throws SQLException, Busy {
    if (!mark.node().equals(node())) {
      throw new ProblemException(
          new Problem(
              Reason.InstanceChanged,
              "the rows so far are on the ClickHouse server %s, and the first node is %s by now"
                  .formatted(mark.node(), node())));
    }
    return mark.sending().isPresent()
        ? again(keyset, mark, mark.sending().get())
        : first(keyset, mark, rows);
  }

  private Mark first(Keyset keyset, Mark mark, int rows) throws SQLException, Busy {
    Destination destination = destination(keyset);
    connection.begin(BatchLoop.limit(step.how()));
    Optional<List<String>> ahead = keyset.ahead(connection.sql(), mark.after(), mark.bound(), rows);
    CopiedTable.Rows read =
        source(keyset).read(mark.after(), ahead.orElse(mark.bound()), CopiedTable.MOST_CHARACTERS);
    connection.sql().commit();
    if (read.count() == 0) {
      return advance(mark, read.to(), ahead.isPresent() ? rows : 0, 0, rows);
    }
    Mark sent = send(destination, mark, read.to());
    long written =
        destination.insert(read.json(), mark.after(), sent.sending().orElseThrow(), false);
    if (written != read.count()) {
      throw new Busy(
          new Problem(
              Reason.LookingForStatement,
              "%d of %d rows up to key %s have arrived"
                  .formatted(written, read.count(), read.to())));
    }
    return advance(sent, read.to(), read.cut() ? read.count() : rows, written, rows);
  }

  /** A batch that may have been sent: when nothing of it can happen any more, the rest is sent. */
  private Mark again(Keyset keyset, Mark mark, Mark.Sending before) throws SQLException, Busy {
    Destination destination = destination(keyset);
    if (destination.now() <= before.untilMillis() || destination.runs(before.queryId())) {
      throw new Busy(CopiesFromPostgres.batchMayCome(before));
    }
    connection.begin(BatchLoop.limit(step.how()));
    CopiedTable.Rows read = source(keyset).read(mark.after(), before.to(), Long.MAX_VALUE);
    connection.sql().commit();
    Mark sent = send(destination, mark, before.to());
    if (read.count() > 0) {
      destination.insert(read.json(), mark.after(), sent.sending().orElseThrow(), true);
    }
    long there = destination.count(mark.after(), before.to());
    if (there < read.count()) {
      throw new Busy(
          new Problem(
              Reason.LookingForStatement,
              "%d of %d rows up to key %s have arrived"
                  .formatted(there, read.count(), before.to())));
    }
    return advance(sent, before.to(), read.count(), there, mark.size());
  }

  private Mark send(Destination destination, Mark mark, List<String> to) throws SQLException, Busy {
    long until = destination.now() + Recognition.ON_ITS_WAY.toMillis();
    String id = "%s-b%d".formatted(intent.effectId(), mark.batches() + 1);
    Mark sent = mark.sending(new Mark.Sending(to, id, until));
    write(mark, sent);
    return sent;
  }

  private Mark advance(Mark sent, List<String> to, long passed, long there, int size)
      throws SQLException {
    Mark next = sent.advanced(to, passed, there, size);
    write(sent, next);
    return next;
  }

  private void write(Mark before, Mark next) throws SQLException {
    connection.begin(BatchLoop.limit(step.how()));
    marks.advance(connection.sql(), intent, before, next);
    connection.sql().commit();
  }

  @Override
  public void end(Keyset keyset, Mark mark) throws SQLException, Busy {
    long there = mark.bound().isEmpty() ? 0 : destination(keyset).count(List.of(), mark.bound());
    connection.sql().rollback();
    if (there != mark.changed()) {
      throw new ProblemException(
          new Problem(
              Reason.VerificationFailed,
              "table %s on ClickHouse has %d rows with keys up to %s, and %d were sent: somebody else writes or deletes there"
                  .formatted(destinations, there, mark.bound(), mark.changed())));
    }
  }

  private Destination destination(Keyset keyset) throws SQLException, Busy {
    if (found.isEmpty()) {
      found = Optional.of(destinations.find(keyset, source(keyset).columns()));
    }
    return found.get();
  }

  private CopiedTable source(Keyset keyset) throws SQLException {
    if (source.isEmpty()) {
      source = Optional.of(CopiedTable.of(connection, keyset, step));
    }
    return source.get();
  }
}
