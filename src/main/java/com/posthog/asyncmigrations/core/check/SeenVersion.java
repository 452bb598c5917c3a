package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.upgrade.Version;
import com.posthog.asyncmigrations.core.upgrade.VersionWindow;
import java.time.Instant;
import java.util.Optional;

/**
 * The installed version of PostHog.
 *
 * @param version absent where nobody can tell
 * @param source where it was read, or why it could not be
 */
public record SeenVersion(Optional<Version> version, String source) {

  /** The version against what a migration can run on. */
  public Finding against(VersionWindow window, Instant now) {
    Verdict verdict =
        version
            .map(v -> Verdict.ofVersion(window, v))
            .orElseGet(
                () -> Verdict.ofUnknownVersion(window, new Problem(Reason.VersionUnknown, source)));
    return new Finding(Kind.POSTHOG_VERSION, "PostHog", verdict, now);
  }
}
