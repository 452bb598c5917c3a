package com.posthog.asyncmigrations.operation.items;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.postgres.Items;
import java.util.List;

/** What a list must be like, and where it is kept. */
final class ItemList {
  private final Items items;
  private final MigrationKey key;

  ItemList(Items items, MigrationKey key) {
    this.items = items;
    this.key = key;
  }

  /** Keeps the list, if it is one that the operation can run for. */
  EffectView keep(Intent intent, Step.ListItems step, List<List<String>> rows) {
    int found = rows.isEmpty() ? step.columns().size() : rows.get(0).size();
    if (found != step.columns().size()) {
      return refused(
          "forEach found %d columns, and names %d: %s"
              .formatted(found, step.columns().size(), step.columns()));
    }
    if (rows.size() > Items.MOST) {
      return refused("forEach found more than %d rows".formatted(Items.MOST));
    }
    items.write(key, intent, rows);
    return new EffectView.Finished(rows.size());
  }

  private static EffectView refused(String message) {
    return new EffectView.Failed(new Problem(Reason.StatementFailed, message));
  }
}
