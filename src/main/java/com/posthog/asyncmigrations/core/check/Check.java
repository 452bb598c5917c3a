package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A precheck or a health check, with its parameters bound. */
public sealed interface Check {

  /** Its name, unique among its kind. */
  String name();

  /** One answer for each case: a new kind of check does not compile until everyone has one. */
  <R> R fold(Cases<R> cases);

  /** What somebody does for each case. */
  interface Cases<R> {
    R query(Query check);

    R diskSpace(DiskSpace check);

    R pendingMutations(PendingMutations check);

    R replicaLag(ReplicaLag check);

    R mergesBacklog(MergesBacklog check);
  }

  /**
   * A query's first value must be as expected.
   *
   * @param everyNode whether each ClickHouse node is asked, rather than the first one
   */
  record Query(
      String name,
      Step.DatabaseKind database,
      String sql,
      Map<String, String> parameters,
      Expectation expectation,
      boolean everyNode)
      implements Check {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.query(this);
    }
  }

  /**
   * Free space on every node: on the disks of the table's storage policy together, or, without a
   * table, on each local disk.
   *
   * @param ratio how many times the size of the table's active parts on that node
   * @param bytes how many bytes
   */
  record DiskSpace(String name, Optional<String> table, OptionalDouble ratio, OptionalLong bytes)
      implements Check {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.diskSpace(this);
    }
  }

  /** No mutation is unfinished, of the table or of the instance's database. */
  record PendingMutations(String name, Optional<String> table) implements Check {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.pendingMutations(this);
    }
  }

  /** Replicated tables are writable, and no further behind than this. */
  record ReplicaLag(String name, Optional<String> table, Duration atMost) implements Check {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.replicaLag(this);
    }
  }

  /**
   * Merges keep up.
   *
   * @param partsPerPartition how many active parts a partition may have at most
   * @param runningMerges how many merges may run at most on a node
   */
  record MergesBacklog(
      String name,
      Optional<String> table,
      OptionalLong partsPerPartition,
      OptionalLong runningMerges)
      implements Check {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.mergesBacklog(this);
    }
  }
}
