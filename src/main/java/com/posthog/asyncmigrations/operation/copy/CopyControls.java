package com.posthog.asyncmigrations.operation.copy;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The copies that this process does, by the ids of their steps. */
public final class CopyControls {
  private final Map<String, CopyControl> byEffect = new ConcurrentHashMap<>();

  CopyControl begin(String effectId) {
    return byEffect.computeIfAbsent(effectId, unknown -> new CopyControl());
  }

  Optional<CopyControl> of(String effectId) {
    return Optional.ofNullable(byEffect.get(effectId));
  }

  void forget(String effectId) {
    byEffect.remove(effectId);
  }
}
