package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Judges what the built-in checks have measured. The worst node counts, and is named.
 *
 * @param kind precheck or health check
 */
public record Judge(Kind kind) {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final int LONGEST_FAILURE = 120;

  /** Whether there is enough space, measured on every node. */
  public Verdict of(Check.DiskSpace check, List<Measured.Space> spaces) {
    Optional<Measured.Space> without =
        spaces.stream().filter(s -> check.table().isPresent() && s.table().isEmpty()).findFirst();
    if (without.isPresent()) {
      String table = check.table().orElseThrow();
      return failed(
          "no table %s on %s".formatted(table, without.get().node()), "one that is there");
    }
    if (spaces.isEmpty()) {
      return failed(
          "no local disk", "one with " + bytes((double) check.bytes().orElse(0)) + " free");
    }
    Measured.Space worst =
        spaces.stream().min(Comparator.comparingDouble(s -> s.free() - needed(check, s))).get();
    String found =
        "%s free on %s of %s".formatted(bytes(worst.free()), worst.disks(), worst.node())
            + worst.table().map(size -> ", where the table has " + bytes(size)).orElse("");
    String wouldPass = "at least " + bytes(needed(check, worst));
    return worst.free() >= needed(check, worst)
        ? passed(found, wouldPass)
        : failed(found, wouldPass);
  }

  private static double needed(Check.DiskSpace check, Measured.Space space) {
    double ofTable = check.ratio().orElse(0) * space.table().orElse(0.0);
    return Math.max(ofTable, (double) check.bytes().orElse(0));
  }

  /** Whether no mutation is left; those that are not done on any node are given. */
  public Verdict of(Check.PendingMutations check, List<Measured.Mutation> unfinished) {
    String of = check.table().map(t -> " of " + t).orElse("");
    String none = "no unfinished mutation" + of;
    if (unfinished.isEmpty()) {
      return passed(none, none);
    }
    Measured.Mutation worst =
        unfinished.stream()
            .filter(m -> !m.failure().isEmpty())
            .findFirst()
            .orElse(unfinished.get(0));
    String state =
        worst.failure().isEmpty()
            ? "unfinished"
            : "failing (" + Excerpt.ofFirstLine(worst.failure(), LONGEST_FAILURE) + ")";
    String others = unfinished.size() > 1 ? ", and %d more".formatted(unfinished.size() - 1) : "";
    return failed(
        "mutation %s of %s on %s %s%s"
            .formatted(worst.id(), worst.table(), worst.node(), state, others),
        none);
  }

  /** Whether the replicated tables, on every node, can be written and are not too far behind. */
  public Verdict of(Check.ReplicaLag check, List<Measured.Replica> replicas) {
    String wouldPass = "at most %d s behind, and writable".formatted(check.atMost().toSeconds());
    if (replicas.isEmpty()) {
      return check
          .table()
          .map(t -> failed("no replicated table " + t, wouldPass))
          .orElseGet(() -> passed("no replicated table", wouldPass));
    }
    for (Measured.Replica replica : replicas) {
      String where = "%s on %s".formatted(replica.table(), replica.node());
      if (replica.readOnly()) {
        return failed(where + " is read-only", wouldPass);
      }
      if (replica.sessionExpired()) {
        return failed(where + " has lost its Keeper session", wouldPass);
      }
    }
    Measured.Replica last =
        replicas.stream().max(Comparator.comparingLong(Measured.Replica::delay)).get();
    String found = "%s on %s %d s behind".formatted(last.table(), last.node(), last.delay());
    return last.delay() <= check.atMost().toSeconds()
        ? passed(found, wouldPass)
        : failed(found, wouldPass);
  }

  /** Whether merges keep up on every node. */
  public Verdict of(Check.MergesBacklog check, List<Measured.Backlog> backlogs) {
    Measured.Backlog fullest =
        backlogs.stream().max(Comparator.comparingLong(Measured.Backlog::parts)).get();
    Measured.Backlog busiest =
        backlogs.stream().max(Comparator.comparingLong(Measured.Backlog::merges)).get();
    long mostParts = check.partsPerPartition().orElse(Long.MAX_VALUE);
    long mostMerges = check.runningMerges().orElse(Long.MAX_VALUE);
    boolean tooManyParts = fullest.parts() > mostParts;
    boolean tooManyMerges = busiest.merges() > mostMerges;
    boolean tellMerges = !tooManyParts && (tooManyMerges || check.partsPerPartition().isEmpty());
    String parts =
        fullest.fullest().isEmpty()
            ? "no part"
            : "%d parts in %s on %s".formatted(fullest.parts(), fullest.fullest(), fullest.node());
    String merges = "%d merges running on %s".formatted(busiest.merges(), busiest.node());
    String found = tellMerges ? merges : parts;
    String wouldPass =
        tellMerges
            ? "at most %d merges".formatted(mostMerges)
            : "at most %d parts".formatted(mostParts);
    return tooManyParts || tooManyMerges ? failed(found, wouldPass) : passed(found, wouldPass);
  }

  private Verdict passed(String found, String wouldPass) {
    return Verdict.passed(kind, found, wouldPass);
  }

  private Verdict failed(String found, String wouldPass) {
    return Verdict.failed(kind, found, wouldPass);
  }

  /** Bytes with a unit and one decimal, for people. */
  public static String bytes(double count) {
    double amount = count;
    int unit = 0;
    while (amount >= 1024 && unit < UNITS.length - 1) {
      amount /= 1024;
      unit++;
    }
    return unit == 0
        ? "%.0f B".formatted(amount)
        : String.format(Locale.ROOT, "%.1f %s", amount, UNITS[unit]);
  }
}
