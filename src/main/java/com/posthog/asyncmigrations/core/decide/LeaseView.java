package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.time.Instant;

/** Who holds the lease on what the migration changes. */
public sealed interface LeaseView {

  /**
   * This process, for this migration.
   *
   * @param token the fencing token
   * @param since when this process took it, by the clock that decisions are made by
   */
  record Held(long token, Instant since) implements LeaseView {}

  /** Nobody, or nobody any more: it can be taken. */
  record Free() implements LeaseView {}

  /** Somebody else, for this migration or another one. */
  record Taken(Problem by) implements LeaseView {}

  /** Not looked at, because nothing needs it now. */
  record NotAsked() implements LeaseView {}

  /** Whether this process holds it. */
  default boolean held() {
    return this instanceof Held;
  }
}
