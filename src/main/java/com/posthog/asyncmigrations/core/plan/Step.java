package com.posthog.asyncmigrations.core.plan;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** One effect on a database, with an identity of its own: what an intent is recorded for. */
public sealed interface Step
    permits Step.ClickHouseStatement,
        Step.PostgresStatement,
        Step.BatchUpdate,
        Step.CopyFromPostgres,
        Step.CompareTables,
        Step.ExpectValue,
        Step.ListItems,
        Step.ScaleDeployment,
        Step.RunJob,
        Step.Mutate,
        CopyTable,
        ExchangeTables {

  /** What may be done when its outcome was lost. */
  OnUnknown onUnknown();

  /** Whether it runs on several servers at the same time. */
  default boolean onSeveral() {
    return on() != Target.ONE_NODE;
  }

  /**
   * Whether it is made of pieces and keeps a mark of its own of those that are done: it can be
   * asked to end after the piece that is under way, and goes on from the mark when it is started
   * again.
   */
  default boolean rests() {
    return false;
  }

  /** What of it may be changed before a run goes on: how fast it goes, how long it may hold. */
  default Optional<String> adjustable() {
    return Optional.empty();
  }

  /** Which nodes of a cluster it runs on. */
  default Target on() {
    return Target.ONE_NODE;
  }

  /** The same with these values for parameters that it has besides its own. */
  default Step binding(Map<String, String> values) {
    return this;
  }

  /** One answer for each case: a new kind of step does not compile until everyone has one. */
  <R> R fold(Cases<R> cases);

  /** What somebody does for each case. */
  interface Cases<R> {
    R clickHouse(ClickHouseStatement step);

    R postgres(PostgresStatement step);

    R batchUpdate(BatchUpdate step);

    R copy(CopyTable step);

    R exchange(ExchangeTables step);

    R copyFromPostgres(CopyFromPostgres step);

    R compare(CompareTables step);

    R expect(ExpectValue step);

    R list(ListItems step);

    R scale(ScaleDeployment step);

    R job(RunJob step);

    R mutate(Mutate step);
  }

  /** A statement on ClickHouse. Settings and parameters are ordered by name. */
  record ClickHouseStatement(
      String sql,
      Map<String, String> settings,
      Map<String, String> parameters,
      OnUnknown onUnknown,
      Target on)
      implements Step {
    /** On one node. */
    public ClickHouseStatement(
        String sql,
        Map<String, String> settings,
        Map<String, String> parameters,
        OnUnknown onUnknown) {
      this(sql, settings, parameters, onUnknown, Target.ONE_NODE);
    }

    @Override
    public Step binding(Map<String, String> values) {
      return new ClickHouseStatement(sql, settings, merged(parameters, values), onUnknown, on);
    }

    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.clickHouse(this);
    }
  }

  /**
   * A statement on PostgreSQL. A transactional one commits together with its ledger row, so its
   * outcome is always known.
   */
  record PostgresStatement(
      String sql,
      Map<String, String> settings,
      Map<String, String> parameters,
      boolean transactional,
      OnUnknown onUnknown)
      implements Step {
    @Override
    public Step binding(Map<String, String> values) {
      return new PostgresStatement(
          sql, settings, merged(parameters, values), transactional, onUnknown);
    }

    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.postgres(this);
    }
  }

  /**
   * A statement on PostgreSQL that runs for one range of a table's keys after the other, each in a
   * transaction of its own together with the mark of how far it is.
   *
   * @param table whose keys make the ranges
   * @param key its columns in the order of a unique index
   * @param sql the statement, with {@code {batch}} where the range belongs
   */
  record BatchUpdate(
      String table, List<String> key, String sql, Map<String, String> parameters, Pace how)
      implements Step {
    /** Keeps a copy. */
    public BatchUpdate {
      key = List.copyOf(key);
    }

    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.batchUpdate(this);
    }

    @Override
    public boolean rests() {
      return true;
    }

    @Override
    public Optional<String> adjustable() {
      return Optional.of(how.toString());
    }

    /** The mark tells how far it is. */
    @Override
    public OnUnknown onUnknown() {
      return OnUnknown.REPEAT;
    }
  }

  /**
   * Rows of a table on PostgreSQL go into one on ClickHouse, one batch after the other, each row
   * once.
   *
   * @param table that is copied
   * @param key its columns in the order of a unique index
   * @param columns of the table that is filled, each with what it gets; none: those of the table
   *     that is copied, under the same names
   * @param where which rows are copied; empty for all
   * @param into the table that is filled
   */
  record CopyFromPostgres(
      String table,
      List<String> key,
      Map<String, String> columns,
      Optional<String> where,
      String into,
      Map<String, String> parameters,
      Pace how)
      implements Step {
    /** Keeps a copy. */
    public CopyFromPostgres {
      key = List.copyOf(key);
    }

    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.copyFromPostgres(this);
    }

    @Override
    public boolean rests() {
      return true;
    }

    @Override
    public Optional<String> adjustable() {
      return Optional.of(how.toString());
    }

    /** The mark tells how far it is. */
    @Override
    public OnUnknown onUnknown() {
      return OnUnknown.REPEAT;
    }
  }

  /**
   * How fast a step goes through its batches.
   *
   * @param batchTime what one batch should take
   * @param mostRows the largest batch
   * @param pause between two batches
   */
  record Pace(Duration batchTime, int mostRows, Duration pause) {}

  /** Two ClickHouse tables must hold the same rows. No columns: all that the source stores. */
  record CompareTables(
      String source,
      String target,
      List<String> columns,
      Optional<String> where,
      Map<String, String> parameters)
      implements Step {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.compare(this);
    }

    /** Reading harms nothing. */
    @Override
    public OnUnknown onUnknown() {
      return OnUnknown.REPEAT;
    }
  }

  /** A query's first value must be as expected. */
  record ExpectValue(
      DatabaseKind database, String sql, Map<String, String> parameters, Expectation expectation)
      implements Step {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.expect(this);
    }

    /** Reading harms nothing. */
    @Override
    public OnUnknown onUnknown() {
      return OnUnknown.REPEAT;
    }
  }

  /**
   * Lists the items that the operation's other steps then run for, one item after the other; each
   * row is an item. The list is kept, so that a run that goes on later goes through the same one.
   *
   * @param columns what the values of a row are called as parameters, in their order
   */
  record ListItems(
      DatabaseKind database, String sql, Map<String, String> parameters, List<String> columns)
      implements Step {
    /** Keeps a copy. */
    public ListItems {
      columns = List.copyOf(columns);
    }

    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.list(this);
    }

    /** Reading harms nothing. */
    @Override
    public OnUnknown onUnknown() {
      return OnUnknown.REPEAT;
    }
  }

  /**
   * A Deployment that is not the worker gets so many replicas, or what it had before is put back.
   *
   * @param replicas how many; absent to put back what it had
   * @param longest how long it may have so many; absent: until the run ends
   */
  record ScaleDeployment(String deployment, OptionalInt replicas, Optional<Duration> longest)
      implements Step {
    /** For as long as the run takes. */
    public ScaleDeployment(String deployment, OptionalInt replicas) {
      this(deployment, replicas, Optional.empty());
    }

    /** What it had is put back. */
    public static ScaleDeployment restoring(String deployment) {
      return new ScaleDeployment(deployment, OptionalInt.empty());
    }

    /** A run that was ended for it goes on with another limit. */
    @Override
    public Optional<String> adjustable() {
      return longest.map(Duration::toString);
    }

    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.scale(this);
    }

    /** What is there can be seen. */
    @Override
    public OnUnknown onUnknown() {
      return OnUnknown.REPEAT;
    }
  }

  /**
   * A Job on Kubernetes.
   *
   * @param template the template of its pods, as JSON
   * @param retries how many pods that fail are replaced before the Job has failed
   */
  record RunJob(String template, int retries) implements Step {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.job(this);
    }

    /** A Job is kept until its outcome is recorded, so there always is one. */
    @Override
    public OnUnknown onUnknown() {
      return OnUnknown.FAIL;
    }
  }

  /**
   * A mutation of a ClickHouse table, on one replica of each shard; the other replicas follow by
   * themselves.
   *
   * @param table {@code table} or {@code database.table}
   * @param command what follows {@code ALTER TABLE table}; see {@link MutationText}
   */
  record Mutate(
      String table, String command, Map<String, String> settings, Map<String, String> parameters)
      implements Step {
    @Override
    public Target on() {
      return Target.EVERY_SHARD;
    }

    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.mutate(this);
    }

    /** To materialise twice does no harm; to change or remove rows twice may. */
    @Override
    public OnUnknown onUnknown() {
      return new MutationText(command).writes() ? OnUnknown.FAIL : OnUnknown.REPEAT;
    }
  }

  /** Which nodes of a cluster a statement runs on. */
  enum Target {
    /** The first one. */
    ONE_NODE,
    /** One replica of each shard. */
    EVERY_SHARD,
    /** Every replica of every shard. */
    EVERY_NODE
  }

  private static Map<String, String> merged(Map<String, String> own, Map<String, String> more) {
    Map<String, String> all = new TreeMap<>(own);
    all.putAll(more);
    return all;
  }

  /** The databases of an instance. */
  enum DatabaseKind {
    CLICKHOUSE,
    POSTGRESQL
  }
}
