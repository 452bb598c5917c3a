package com.posthog.asyncmigrations.embedded;

import static org.awaitility.pollinterval.IterativePollInterval.iterative;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * How tests wait, unless they say otherwise: on a machine that is busy with the tests, looking
 * takes a good part of it, and what takes a moment elsewhere may take long.
 */
public final class WaitingDefaults implements LauncherSessionListener {
  private static final Duration FIRST_POLL = Duration.ofMillis(50);
  private static final Duration LONGEST_POLL = Duration.ofMillis(400);
  private static final Duration AT_MOST = Duration.ofMinutes(1);

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Awaitility.setDefaultTimeout(AT_MOST);
    Awaitility.setDefaultPollInterval(iterative(WaitingDefaults::next, FIRST_POLL));
  }

  private static Duration next(Duration last) {
    Duration longer = last.multipliedBy(5).dividedBy(4);
    return longer.compareTo(LONGEST_POLL) < 0 ? longer : LONGEST_POLL;
  }
}
