package com.posthog.asyncmigrations.core;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A map that forgets what was not asked for longest, so that deleted resources do not fill the
 * memory.
 */
public final class Recent {
  private static final int MOST = 10_000;

  private Recent() {}

  /** An empty one, for any number of threads. */
  public static <K, V> Map<K, V> map() {
    return map(MOST);
  }

  /**
   * The same of another size.
   *
   * @param most how many are remembered
   */
  public static <K, V> Map<K, V> map(int most) {
    return Collections.synchronizedMap(
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
          }
        });
  }
}
