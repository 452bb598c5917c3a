package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.ProblemException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What has a query see the rows that a table has, and all of them, whatever the user's profile has
 * for people's questions: as far as each server knows the settings for it, some of which came with
 * ClickHouse 22 and 23.
 */
final class AllRows {
  /**
   * Of a projection ClickHouse 26.7 takes all rows of a merged part for rows of its first block,
   * and shows those that were lightly deleted.
   */
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("max_rows_to_read", "0"),
          Map.entry("max_bytes_to_read", "0"),
          Map.entry("max_result_rows", "0"),
          Map.entry("max_result_bytes", "0"),
          Map.entry("limit", "0"),
          Map.entry("use_query_cache", "0"),
          Map.entry("optimize_use_projections", "0"),
          Map.entry("final", "0"),
          Map.entry("apply_deleted_mask", "1"),
          Map.entry("additional_table_filters", "{}"));

  private final Function<String, NodeClient> clients;
  private final Map<String, Map<String, String>> known = new ConcurrentHashMap<>();

  /** Of servers that are asked through these. */
  AllRows(Function<String, NodeClient> clients) {
    this.clients = clients;
  }

  /** Those that the server at an address knows. */
  Map<String, String> on(String address) {
    return Optional.ofNullable(known.get(address)).orElseGet(() -> ask(address));
  }

  /** Servers may have become others. */
  void forget() {
    known.clear();
  }

  /** Each refusal names one that the server does not know. */
  private Map<String, String> ask(String address) {
    Map<String, String> settings = new HashMap<>(SETTINGS);
    while (true) {
      try {
        clients.apply(address).ask("SELECT 1", Map.of(), settings, ClickHouseCluster.SHORT);
        known.put(address, settings);
        return settings;
      } catch (ProblemException e) {
        boolean unknown =
            e.problem().code().equals(Optional.of(ClickHouseProblems.UNKNOWN_SETTING))
                && settings.keySet().removeIf(name -> e.problem().message().contains(name));
        if (!unknown) {
          throw e;
        }
      }
    }
  }
}
