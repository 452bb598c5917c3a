package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Pass;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.postgres.Ledger;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one migration: in PostgreSQL once it has a run, before that in its status
 * alone, since nothing was touched yet.
 */
final class RunLedger implements Pass.Ledger {
  private final Ledger ledger;
  private final MigrationKey key;
  private final @Nullable AsyncMigrationStatus status;
  private final Tenure tenure;
  private boolean lost;
  private Recorded newest = Recorded.NOTHING;

  RunLedger(Ledger ledger, MigrationKey key, @Nullable AsyncMigrationStatus status, Tenure tenure) {
    this.ledger = ledger;
    this.key = key;
    this.status = status;
    this.tenure = tenure;
  }

  @Override
  public Recorded read() {
    Optional<Recorded> known = ledger.read(key);
    Recorded shown = StatusRecord.read(status);
    boolean rewound = known.filter(k -> k.revision() < shown.revision()).isPresent();
    lost = StatusRecord.knowsRun(status) && (known.isEmpty() || rewound);
    newest = lost ? shown : known.orElse(shown);
    return newest;
  }

  /** What the last {@link #read} has found. */
  Recorded newest() {
    return newest;
  }

  /**
   * Whether the status speaks of what PostgreSQL does not know: the database was emptied, or is an
   * older copy of itself.
   */
  boolean lost() {
    return lost;
  }

  @Override
  public void write(Recorded before, Recorded next) {
    if (next.run().isEmpty()) {
      return; // the status, which is written next, is all there is to remember
    }
    LeaseView.Held lease =
        tenure
            .held()
            .orElseThrow(() -> new IllegalStateException("a run is recorded without the lease"));
    ledger.write(key, tenure.servers(), lease, before, next);
  }
}
