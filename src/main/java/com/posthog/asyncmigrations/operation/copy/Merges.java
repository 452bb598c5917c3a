package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import java.util.Map;

/** Background merges of a table: while they are off, its parts stay as they were added. */
record Merges(CopyNode node, TableName table) {
  void off() throws AnswerLost, CopyControl.Stopped {
    node.run(
        "ALTER TABLE %s MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1,"
                .formatted(table.sql())
            + " max_bytes_to_merge_at_min_space_in_pool = 1",
        Map.of());
  }

  void on() throws AnswerLost, CopyControl.Stopped {
    node.run(
        "ALTER TABLE %s RESET SETTING max_bytes_to_merge_at_max_space_in_pool,"
                .formatted(table.sql())
            + " max_bytes_to_merge_at_min_space_in_pool",
        Map.of());
  }
}
