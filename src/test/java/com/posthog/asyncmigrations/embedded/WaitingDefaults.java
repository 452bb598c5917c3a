package com.posthog.asyncmigrations.embedded;

import static org.awaitility.pollinterval.IterativePollInterval.iterative;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * What tests wait for they look for less and less often, unless they say otherwise: on a machine
 * that is busy with the tests, looking takes a good part of it.
 */
public final class PollBackoff implements LauncherSessionListener {
  private static final Duration FIRST = Duration.ofMillis(50);
  private static final Duration LONGEST = Duration.ofMillis(400);

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Awaitility.setDefaultPollInterval(iterative(PollBackoff::next, FIRST));
  }

  private static Duration next(Duration last) {
    Duration longer = last.multipliedBy(5).dividedBy(4);
    return longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
  }
}
