package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.upgrade.VersionWindow;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a migration asks of the world. It is no part of the plan: what a check says may change while
 * a run goes on.
 *
 * @param window the versions of PostHog that it can run on; absent where any will do
 * @param dependsOn migrations of the same instance that come before it
 */
public record Checks(
    Optional<VersionWindow> window,
    Optional<Requirement> requiredWhen,
    List<ServiceVersion> serviceVersions,
    List<String> dependsOn,
    List<Check> prechecks,
    List<Check> healthchecks) {

  /** Nothing is asked. */
  public static final Checks NONE =
      new Checks(Optional.empty(), Optional.empty(), List.of(), List.of(), List.of(), List.of());

  /** Keeps copies. */
  public Checks {
    serviceVersions = List.copyOf(serviceVersions);
    dependsOn = List.copyOf(dependsOn);
    prechecks = List.copyOf(prechecks);
    healthchecks = List.copyOf(healthchecks);
  }

  /** A query that tells whether the migration is needed. */
  public record Requirement(
      Step.DatabaseKind database, String sql, Map<String, String> parameters) {}

  /** The versions of a database that the migration can run on. */
  public record ServiceVersion(Step.DatabaseKind service, VersionRange range) {}
}
