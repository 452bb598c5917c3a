package com.posthog.asyncmigrations.core.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How many rows a batch takes, so that it takes as long as it should. The method is that of
 * GitLab's batched background migrations: the time that batches take, as a part of what they
 * should, is smoothed by an exponential moving average, and the size follows it.
 *
 * @param rows of the next batch, at least 1
 * @param most the largest batch
 * @param efficiencies time that was taken by time that was meant, of the last batches, newest last
 */
public record BatchSize(int rows, int most, List<Double> efficiencies) {
  /** The first batch of a table of which nothing is known. */
  public static final int FIRST = 1_000;

  private static final double ALPHA = 0.4;
  private static final int WINDOW = 20;
  private static final double LEAST_GOAL = 0.90;
  private static final double GOAL = 0.95;
  private static final double FASTEST_GROWTH = 1.2;

  /** Keeps a copy. */
  public BatchSize {
    efficiencies = List.copyOf(efficiencies);
  }

  /** So many rows, or the most if that is less. */
  public static BatchSize of(int rows, int most) {
    return new BatchSize(within(rows, most), most, List.of());
  }

  /** The size after a batch that took so long and should have taken so long. */
  public BatchSize after(Duration taken, Duration meant) {
    List<Double> last = new ArrayList<>(efficiencies);
    last.add((double) taken.toNanos() / meant.toNanos());
    if (last.size() > WINDOW) {
      last.remove(0);
    }
    double efficiency = smoothed(last);
    return new BatchSize(within(next(efficiency), most), most, last);
  }

  /** The size after a batch that took too long; what was learnt of larger ones is forgotten. */
  public BatchSize halved() {
    return of(rows / 2, most);
  }

  private double next(double efficiency) {
    if (efficiency >= LEAST_GOAL && efficiency <= GOAL) {
      return rows;
    }
    double changed = rows * Math.min(FASTEST_GROWTH, GOAL / efficiency);
    return efficiency < LEAST_GOAL ? Math.ceil(changed) : Math.floor(changed); // also from 1 up
  }

  /** The weights of the missing ones are shared by those that are there. */
  private static double smoothed(List<Double> newestLast) {
    double sum = 0;
    double weights = 0;
    double weight = 1;
    for (int i = newestLast.size() - 1; i >= 0; i--) {
      sum += weight * newestLast.get(i);
      weights += weight;
      weight *= 1 - ALPHA;
    }
    return sum / weights;
  }

  private static int within(double rows, int most) {
    return (int) Math.max(1, Math.min(rows, most));
  }
}
