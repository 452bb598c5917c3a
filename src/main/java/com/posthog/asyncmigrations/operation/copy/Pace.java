package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.ClickHouseProblems;
import com.posthog.asyncmigrations.clickhouse.LoadSignals;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.copy.LoadLimits;
import com.posthog.asyncmigrations.core.copy.Throttle;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How fast chunks follow on each other: as fast as the server's load allows. */
final class Pace {
  private static final Duration POLL = Duration.ofSeconds(2);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final CopyNode node;
  private final LoadSignals signals;
  private final LoadSignals.Work work;
  private final CopyControl control;
  private final Clock clock;
  private Instant last;
  private long bytes;

  Pace(CopyNode node, Source source, CopiedTable target, CopyControl control, Clock clock) {
    this.node = node;
    this.control = control;
    this.clock = clock;
    signals = node.signals();
    work = new LoadSignals.Work(source.table().name(), target.name(), node.prefix());
    last = clock.instant();
  }

  /**
   * Returns when the next chunk may begin: at once, after as long again as the last one took, or
   * when what stops it has passed. What cannot be read stops it too. Nothing holds up a copy that
   * must finish: readers miss its rows.
   */
  void next() throws CopyControl.Stopped, CopyControl.Resting {
    control.nextChunk();
    if (control.finishes()) {
      return;
    }
    Throttle.Verdict verdict = verdict();
    while (verdict instanceof Throttle.Verdict.Stop stop) {
      control.waits(stop.why());
      control.pause(POLL);
      control.nextChunk();
      verdict = verdict();
    }
    if (verdict instanceof Throttle.Verdict.Slow slow) {
      control.waits(slow.why());
      control.pause(shorter(Duration.between(last, clock.instant()), LONGEST));
    } else {
      control.goesOn();
    }
    last = clock.instant();
  }

  /**
   * Whether nothing slows or stops the work, so that a chunk may begin while others are under way.
   */
  boolean unhindered() throws CopyControl.Stopped, CopyControl.Resting {
    control.nextChunk();
    Throttle.Verdict verdict = verdict();
    if (verdict instanceof Throttle.Verdict.Slow slow) {
      control.waits(slow.why());
    } else if (verdict instanceof Throttle.Verdict.Stop stop) {
      control.waits(stop.why());
    }
    return verdict instanceof Throttle.Verdict.Go;
  }

  /** So many bytes are written in all, if the copy takes as many as its source. */
  void expect(long bytesInAll) {
    bytes = bytesInAll;
  }

  private double stillToWrite() {
    return bytes * (1 - control.told().fraction());
  }

  private Throttle.Verdict verdict() {
    try {
      return Throttle.judge(node.load(signals, work).signals(LoadLimits.DEFAULT, stillToWrite()));
    } catch (ProblemException unread) {
      if (unread.problem().code().equals(Optional.of(ClickHouseProblems.UNKNOWN_TABLE))) {
        throw unread; // it will not come back
      }
      return Throttle.unreadable(unread.problem());
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
