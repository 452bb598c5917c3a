package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The copies that this process does, by the ids of their steps. */
public final class CopyControls {
  private final Map<String, CopyControl> byEffect = new ConcurrentHashMap<>();
  private final Map<MigrationKey, CopyLimits> byMigration = new ConcurrentHashMap<>();

  CopyControl begin(String effectId) {
    return byEffect.computeIfAbsent(effectId, unknown -> new CopyControl());
  }

  Optional<CopyControl> of(String effectId) {
    return Optional.ofNullable(byEffect.get(effectId));
  }

  /** What copies of a migration may take of the servers from the next chunk on. */
  public void limit(MigrationKey migration, CopyLimits limits) {
    byMigration.put(migration, limits);
  }

  CopyLimits limits(MigrationKey migration) {
    return byMigration.getOrDefault(migration, CopyLimits.DEFAULT);
  }

  void forget(String effectId) {
    byEffect.remove(effectId);
  }
}
