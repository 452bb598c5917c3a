package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigrationSpec;
import com.posthog.asyncmigrations.api.CheckSpec;
import com.posthog.asyncmigrations.api.Database;
import com.posthog.asyncmigrations.api.VersionWindowSpec;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Check;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.check.VersionRange;
import com.posthog.asyncmigrations.core.plan.Bindings;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.upgrade.Version;
import com.posthog.asyncmigrations.core.upgrade.VersionWindow;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads the checks of a spec, and binds them to its parameters. */
final class ChecksReader {
  private final AsyncMigrationSpec spec;
  private final Bindings bindings;

  private ChecksReader(AsyncMigrationSpec spec, Bindings bindings) {
    this.spec = spec;
    this.bindings = bindings;
  }

  /**
   * The checks of a spec.
   *
   * @param ignoreVersion whether the installed version of PostHog is of no interest ({@code
   *     ignorePosthogVersion})
   * @throws ProblemException with {@link Reason#InvalidPlan}, naming the check, when they make no
   *     sense
   */
  static Checks read(AsyncMigrationSpec spec, Bindings bindings, boolean ignoreVersion) {
    return new ChecksReader(spec, bindings).checks(ignoreVersion);
  }

  private Checks checks(boolean ignoreVersion) {
    Optional<VersionWindow> window =
        Optional.ofNullable(spec.posthogVersions()).map(ChecksReader::window);
    return new Checks(
        ignoreVersion ? Optional.empty() : window,
        Optional.ofNullable(spec.requiredWhen())
            .map(
                r ->
                    new Checks.Requirement(
                        database(r.database()),
                        r.sql(),
                        bindings.values("requiredWhen", database(r.database()), r.sql()))),
        orEmpty(spec.serviceVersions()).stream()
            .map(
                s ->
                    new Checks.ServiceVersion(database(s.service()), VersionRange.parse(s.range())))
            .toList(),
        orEmpty(spec.dependsOn()),
        orEmpty(spec.prechecks()).stream().map(c -> check("precheck", c)).toList(),
        orEmpty(spec.healthchecks()).stream().map(c -> check("healthcheck", c)).toList());
  }

  private static VersionWindow window(VersionWindowSpec spec) {
    Version min = version(spec.min(), VersionWindow.NONE_BEFORE);
    Version max = version(spec.max(), VersionWindow.NONE_AFTER);
    if (min.compareTo(max) > 0) {
      throw new ProblemException(
          new Problem(
              Reason.InvalidPlan,
              "spec.posthogVersions: min %s is after max %s; no version is in between"
                  .formatted(min, max)));
    }
    return new VersionWindow(min, max);
  }

  private static Version version(@Nullable String text, Version otherwise) {
    return text == null ? otherwise : Version.parse(text).orElse(otherwise);
  }

  private Check check(String kind, CheckSpec check) {
    String name = check.name();
    if (check.query() != null) {
      return query("%s %s".formatted(kind, name), name, check.query());
    }
    if (check.diskSpace() != null) {
      CheckSpec.DiskSpace space = check.diskSpace();
      return new Check.DiskSpace(
          name,
          Optional.ofNullable(space.table()),
          space.ratio() == null ? OptionalDouble.empty() : OptionalDouble.of(space.ratio()),
          space.atLeast() == null
              ? OptionalLong.empty()
              : OptionalLong.of(Amounts.bytes(space.atLeast())));
    }
    if (check.pendingMutations() != null) {
      return new Check.PendingMutations(
          name, Optional.ofNullable(check.pendingMutations().table()));
    }
    if (check.replicaLag() != null) {
      return new Check.ReplicaLag(
          name,
          Optional.ofNullable(check.replicaLag().table()),
          Durations.parse(check.replicaLag().atMost()));
    }
    CheckSpec.MergesBacklog backlog = check.mergesBacklog();
    return new Check.MergesBacklog(
        name,
        Optional.ofNullable(backlog.table()),
        bound(backlog.partsPerPartition()),
        bound(backlog.runningMerges()));
  }

  private Check query(String where, String name, CheckSpec.Query query) {
    Step.DatabaseKind database = database(query.database());
    return new Check.Query(
        name,
        database,
        query.sql(),
        bindings.values(where, database, query.sql()),
        new Expectation(
            Optional.ofNullable(query.equals()), bound(query.atLeast()), bound(query.atMost())),
        query.where() == CheckSpec.Nodes.EveryNode);
  }

  private static Step.DatabaseKind database(Database database) {
    return switch (database) {
      case ClickHouse -> Step.DatabaseKind.CLICKHOUSE;
      case PostgreSQL -> Step.DatabaseKind.POSTGRESQL;
    };
  }

  private static OptionalLong bound(@Nullable Number value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value.longValue());
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
