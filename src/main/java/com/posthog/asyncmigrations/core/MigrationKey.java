package com.posthog.asyncmigrations.core;

/**
 * What a run is found by in PostgreSQL, also when its resource was applied anew under another uid.
 *
 * @param namespace of the resource
 * @param name of the resource
 * @param migration the migration's own name
 */
public record MigrationKey(String namespace, String name, String migration) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
