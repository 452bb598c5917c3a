package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.postgres.Keyset;
import com.posthog.asyncmigrations.postgres.Mark;
import java.sql.SQLException;
import java.util.List;

/** What is done with the rows of a table, batch by batch. */
interface Batches {
  /** The table, as the spec calls it. */
  String table();

  /** The columns of its key. */
  List<String> key();

  Step.Pace pace();

  /** The server other than PostgreSQL that rows go to, by its identity; empty for none. */
  String node();

  /**
   * Looks whether it can begin.
   *
   * @param bound the greatest key
   */
  void begin(Keyset keyset, List<String> bound) throws SQLException, Busy;

  /**
   * Does a batch, and commits the mark that follows on it.
   *
   * @param rows of the table
   */
  Mark next(Keyset keyset, Mark mark, int rows) throws SQLException, Busy;

  /** Looks whether all is as it should be after the last batch. */
  void end(Keyset keyset, Mark mark) throws SQLException, Busy;
}
