package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.core.Recent;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.status.Pace;
import java.time.Instant;
import java.util.Map;

/** How fast each migration is, by what the passes of this process have seen. */
final class Paces {
  private final Map<String, Pace> byUid = Recent.map();

  Pace seen(AsyncMigration resource, Recorded recorded, EffectView effect, Instant now) {
    String uid = resource.getMetadata().getUid();
    Pace pace = byUid.getOrDefault(uid, Pace.UNKNOWN).seen(recorded, effect, now);
    byUid.put(uid, pace);
    return pace;
  }
}
