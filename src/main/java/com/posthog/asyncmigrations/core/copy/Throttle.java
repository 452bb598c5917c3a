package com.posthog.asyncmigrations.core.copy;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Decides from signals whether work goes on, slower, or not at all for now. */
public final class Throttle {
  private Throttle() {}

  /** How work may go on until the signals are read again. */
  public sealed interface Verdict {

    /** As fast as it can. */
    record Go() implements Verdict {}

    /** Slower, and why. */
    record Slow(Problem why) implements Verdict {}

    /** Not at all, and why. */
    record Stop(Problem why) implements Verdict {}
  }

  /** The signal nearest to or furthest beyond its stop decides, and is named. */
  public static Verdict judge(List<Signal> signals) {
    List<Signal> stopping = those(signals, Signal::stops);
    if (!stopping.isEmpty()) {
      Signal worst = stopping.get(0);
      return new Verdict.Stop(
          problem("stopped by", stopping, "goes on below " + worst.describe(worst.stopAt())));
    }
    List<Signal> slowing = those(signals, Signal::slows);
    if (slowing.isEmpty()) {
      return new Verdict.Go();
    }
    Signal worst = slowing.get(0);
    return new Verdict.Slow(
        problem(
            "slowed by",
            slowing,
            "full speed below %s, stops at %s"
                .formatted(worst.describe(worst.slowAt()), worst.describe(worst.stopAt()))));
  }

  /** A signal that cannot be read may be the one that would have stopped the work. */
  public static Verdict unreadable(Problem why) {
    return new Verdict.Stop(
        new Problem(
            Reason.Throttled,
            "stopped, since the load cannot be read; goes on when it can: " + why.message()));
  }

  private static List<Signal> those(List<Signal> signals, Predicate<Signal> like) {
    return signals.stream()
        .filter(like)
        .sorted(Comparator.comparingDouble((Signal s) -> s.found() / s.stopAt()).reversed())
        .toList();
  }

  private static Problem problem(String what, List<Signal> signals, String passes) {
    Signal worst = signals.get(0);
    String others =
        signals.stream().skip(1).map(Signal::name).collect(Collectors.joining(", ", "; also ", ""));
    return new Problem(
        Reason.Throttled,
        "%s %s: found %s, %s%s"
            .formatted(
                what,
                worst.name(),
                worst.describe(worst.found()),
                passes,
                signals.size() > 1 ? others : ""));
  }
}
