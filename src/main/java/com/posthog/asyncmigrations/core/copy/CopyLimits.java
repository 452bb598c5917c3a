package com.posthog.asyncmigrations.core.copy;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a person allows a copy to take of the servers. It may be changed at any time, and holds from
 * the next chunk.
 *
 * @param chunksAtOnce how many chunks are copied and verified at the same time on a shard, from 1
 * @param settings of ClickHouse, for each statement that copies; they override all others
 */
public record CopyLimits(int chunksAtOnce, Map<String, String> settings) {
  /** What holds where nobody says otherwise: one chunk is verified while the next one is copied. */
  public static final CopyLimits DEFAULT = new CopyLimits(2, Map.of());

  /** Keeps a copy. */
  public CopyLimits {
    settings = new TreeMap<>(settings);
  }
}
