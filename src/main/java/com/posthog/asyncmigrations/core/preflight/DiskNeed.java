package com.posthog.asyncmigrations.core.preflight;

import com.posthog.asyncmigrations.core.check.Judge;
import com.posthog.asyncmigrations.core.copy.LoadLimits;
import java.util.Optional;

/**
 * What is written to the disks of a storage policy on one server.
 *
 * @param needed bytes
 * @param free bytes that nothing has reserved
 * @param total bytes that they have
 */
public record DiskNeed(String node, String policy, long needed, long free, long total) {

  /** What a copy may write before it stops by itself. */
  public long usable() {
    return Math.max(0, free - Math.round(total * LoadLimits.DEFAULT.reserve()));
  }

  /** Why it is too much, if it is. */
  public Optional<String> tooSmall() {
    return needed > 0 && needed >= usable()
        ? Optional.of(
            "%s would be written to storage policy %s of %s, where %s may be: %s are free, of which %.0f %% of the disks stay free"
                .formatted(
                    Judge.bytes((double) needed),
                    policy,
                    node,
                    Judge.bytes((double) usable()),
                    Judge.bytes((double) free),
                    LoadLimits.DEFAULT.reserve() * 100))
        : Optional.empty();
  }
}
