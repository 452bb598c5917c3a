package com.posthog.asyncmigrations.clickhouse;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What has a query see the rows that a table has, and all of them, whatever the user's profile has
 * for people's questions: as far as each server knows the settings for it, some of which came with
 * ClickHouse 22 and 23.
 */
final class AllRows {
  /** Limits of a profile, none of which may end a query that reads a table of terabytes. */
  private static final List<String> UNLIMITED =
      List.of(
          "max_rows_to_read",
          "max_bytes_to_read",
          "max_rows_to_read_leaf",
          "max_bytes_to_read_leaf",
          "max_result_rows",
          "max_result_bytes",
          "max_rows_to_group_by",
          "max_rows_to_sort",
          "max_bytes_to_sort",
          "max_rows_in_set",
          "max_bytes_in_set",
          "max_rows_in_distinct",
          "max_bytes_in_distinct",
          "max_rows_in_join",
          "max_bytes_in_join",
          "limit");

  /**
   * Of a projection ClickHouse 26.7 takes all rows of a merged part for rows of its first block,
   * and shows those that were lightly deleted.
   */
  private static final Map<String, String> AS_THEY_ARE =
      Map.of(
          "use_query_cache", "0",
          "optimize_use_projections", "0",
          "final", "0",
          "apply_deleted_mask", "1",
          "apply_patch_parts", "1",
          "additional_table_filters", "{}");

  private static final Pattern WORD = Pattern.compile("\\w+");

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
    Map<String, String> settings = new HashMap<>(AS_THEY_ARE);
    UNLIMITED.forEach(limit -> settings.put(limit, "0"));
    while (true) {
      try {
        clients.apply(address).ask("SELECT 1", Map.of(), settings, ClickHouseCluster.SHORT);
        known.put(address, settings);
        return settings;
      } catch (ProblemException e) {
        settings.remove(unknown(e.problem(), settings.keySet()).orElseThrow(() -> e));
      }
    }
  }

  /** The first of these names that an error speaks of: known ones that are like it may follow. */
  private static Optional<String> unknown(Problem error, Set<String> names) {
    return error.code().equals(Optional.of(ClickHouseProblems.UNKNOWN_SETTING))
        ? WORD.matcher(error.message())
            .results()
            .map(MatchResult::group)
            .filter(names::contains)
            .findFirst()
        : Optional.empty();
  }
}
