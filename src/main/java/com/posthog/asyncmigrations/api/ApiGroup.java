package com.posthog.asyncmigrations.api;

/** The API group and version that both resources live in. */
public final class ApiGroup {
  /** The group of both resources; also the prefix of our labels, annotations and finalizers. */
  public static final String NAME = "migrations.posthog.com";

  /** The only served version. */
  public static final String VERSION = "v1alpha1";

  private ApiGroup() {}
}
