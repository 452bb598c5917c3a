package com.posthog.asyncmigrations.core.status;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Position;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How fast the operation under way is, by what was seen of it during the last minute.
 *
 * @param operation which one, of which run and attempt
 * @param samples oldest first
 */
public record Pace(String operation, List<Sample> samples) {
  /** Nothing was seen. */
  public static final Pace UNKNOWN = new Pace("", List.of());

  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(365);

  /** Keeps a copy. */
  public Pace {
    samples = List.copyOf(samples);
  }

  /**
   * How far the operation was.
   *
   * @param rows that it had read or written
   * @param fraction of it that was done, 0 to 1; 0 where nobody can tell
   */
  public record Sample(Instant at, long rows, double fraction) {
    boolean begun() {
      return rows > 0 || fraction > 0;
    }

    boolean isAfter(Sample other) {
      return rows >= other.rows && fraction >= other.fraction;
    }
  }

  /**
   * The same with what is seen now. What has not begun says nothing, since what is continued starts
   * from where it was; and what falls is begun anew.
   */
  public Pace seen(Recorded recorded, EffectView effect, Instant now) {
    Optional<Run> running =
        recorded
            .run()
            .filter(run -> recorded.phase() == Phase.RUNNING)
            .filter(run -> run.next().stage() == Position.Stage.FORWARD)
            .filter(run -> run.next().operation() < run.operations().size());
    if (running.isEmpty()) {
      return UNKNOWN;
    }
    Run run = running.get();
    int index = run.next().operation();
    String nowSeen = "%s/%d/%d".formatted(run.id(), recorded.attempt(), index);
    Pace before = nowSeen.equals(operation) ? this : new Pace(nowSeen, List.of());
    Sample sample =
        new Sample(now, Progress.rows(run, index, effect), Progress.fraction(run, index, effect));
    boolean tells = run.whole(effect) instanceof EffectView.Running && sample.begun();
    return tells ? before.and(sample) : before.since(now.minus(WINDOW));
  }

  private Pace and(Sample sample) {
    List<Sample> recent = since(sample.at().minus(WINDOW)).samples();
    boolean continues = recent.stream().allMatch(sample::isAfter);
    return new Pace(
        operation,
        Stream.concat(continues ? recent.stream() : Stream.of(), Stream.of(sample)).toList());
  }

  private Pace since(Instant oldest) {
    return new Pace(operation, samples.stream().filter(s -> !s.at().isBefore(oldest)).toList());
  }

  /** Rows that it reads or writes in a second; absent where that is not known yet. */
  public Optional<Long> rowsPerSecond() {
    return seconds().map(s -> Math.round((last().rows() - samples.get(0).rows()) / s));
  }

  /** When it will have ended, should it go on like that; absent where nobody can tell. */
  public Optional<Instant> end() {
    return seconds()
        .map(s -> (1 - last().fraction()) * s / (last().fraction() - samples.get(0).fraction()))
        .filter(left -> left > 0 && left < LONGEST.toSeconds())
        .map(left -> last().at().plusMillis(Math.round(1000 * left)));
  }

  /** Between the first sample and the last one. */
  private Optional<Double> seconds() {
    return samples.isEmpty()
        ? Optional.empty()
        : Optional.of(Duration.between(samples.get(0).at(), last().at()).toMillis() / 1000.0)
            .filter(seconds -> seconds >= 1);
  }

  private Sample last() {
    return samples.get(samples.size() - 1);
  }
}
