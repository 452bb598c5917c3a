package com.posthog.asyncmigrations.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the built-in checks make of what was measured, as a table of cases. */
final class JudgeTest {
  private static final Judge JUDGE = new Judge(Kind.PRECHECK);
  private static final double GIB = 1024.0 * 1024 * 1024;
  private static final Check.DiskSpace TWICE =
      new Check.DiskSpace("d", Optional.of("events"), OptionalDouble.of(2), OptionalLong.empty());
  private static final Check.DiskSpace MEGABYTES =
      new Check.DiskSpace(
          "d", Optional.empty(), OptionalDouble.empty(), OptionalLong.of(100_000_000));
  private static final Check.DiskSpace BOTH =
      new Check.DiskSpace(
          "d", Optional.of("events"), OptionalDouble.of(2), OptionalLong.of(50L << 30));
  private static final Check.PendingMutations MUTATIONS =
      new Check.PendingMutations("m", Optional.of("events"));
  private static final Check.ReplicaLag LAG =
      new Check.ReplicaLag("r", Optional.empty(), Duration.ofSeconds(30));
  private static final Check.ReplicaLag LAG_OF_TABLE =
      new Check.ReplicaLag("r", Optional.of("events"), Duration.ofSeconds(30));
  private static final Check.MergesBacklog PARTS =
      new Check.MergesBacklog("b", Optional.empty(), OptionalLong.of(150), OptionalLong.empty());
  private static final Check.MergesBacklog MERGES =
      new Check.MergesBacklog("b", Optional.empty(), OptionalLong.of(150), OptionalLong.of(4));

  record Case(Verdict verdict, Result result, String found, String wouldPass) {
    @Override
    public String toString() {
      return result + ": " + found;
    }
  }

  @ParameterizedTest
  @MethodSource({"spaces", "mutations", "replicas", "backlogs"})
  void theWorstNodeCountsAndIsNamed(Case one) {
    assertThat(one.verdict())
        .isEqualTo(new Verdict(one.result(), Reason.PrecheckFailed, one.found(), one.wouldPass()));
  }

  static Stream<Case> spaces() {
    return Stream.of(
        new Case(
            JUDGE.of(TWICE, List.of(space("a", 20, 10), space("b", 30, 10))),
            Result.PASSED,
            "20.0 GiB free on default of a, where the table has 10.0 GiB",
            "at least 20.0 GiB"),
        new Case(
            JUDGE.of(TWICE, List.of(space("a", 100, 10), space("b", 19.9, 10))),
            Result.FAILED,
            "19.9 GiB free on default of b, where the table has 10.0 GiB",
            "at least 20.0 GiB"),
        new Case( // 30 free are enough for a small table, and not for a big one
            JUDGE.of(TWICE, List.of(space("a", 30, 5), space("b", 40, 25))),
            Result.FAILED,
            "40.0 GiB free on default of b, where the table has 25.0 GiB",
            "at least 50.0 GiB"),
        new Case(
            JUDGE.of(TWICE, List.of(space("a", 0, 0))),
            Result.PASSED,
            "0 B free on default of a, where the table has 0 B",
            "at least 0 B"),
        new Case( // object storage
            JUDGE.of(
                TWICE,
                List.of(new Measured.Space("a", "s3", 1.8446744073709552e19, Optional.of(GIB)))),
            Result.PASSED,
            "16.0 EiB free on s3 of a, where the table has 1.0 GiB",
            "at least 2.0 GiB"),
        new Case(
            JUDGE.of(
                TWICE, List.of(space("a", 9, 1), new Measured.Space("b", "", 0, Optional.empty()))),
            Result.FAILED,
            "no table events on b",
            "one that is there"),
        new Case(
            JUDGE.of(BOTH, List.of(space("a", 49, 10))),
            Result.FAILED,
            "49.0 GiB free on default of a, where the table has 10.0 GiB",
            "at least 50.0 GiB"),
        new Case(
            JUDGE.of(
                MEGABYTES,
                List.of(disk("a", "default", 100_000_000), disk("a", "cold", 99_999_999))),
            Result.FAILED,
            "95.4 MiB free on cold of a",
            "at least 95.4 MiB"),
        new Case(
            JUDGE.of(MEGABYTES, List.of(disk("a", "default", 100_000_000))),
            Result.PASSED,
            "95.4 MiB free on default of a",
            "at least 95.4 MiB"),
        new Case(
            JUDGE.of(MEGABYTES, List.of()),
            Result.FAILED,
            "no local disk",
            "one with 95.4 MiB free"));
  }

  static Stream<Case> mutations() {
    String none = "no unfinished mutation of events";
    Measured.Mutation slow = new Measured.Mutation("a", "events", "mutation_3.txt", "");
    Measured.Mutation failing =
        new Measured.Mutation("b", "events", "mutation_4.txt", "Code: 6. Cannot parse\nstack");
    return Stream.of(
        new Case(JUDGE.of(MUTATIONS, List.of()), Result.PASSED, none, none),
        new Case(
            JUDGE.of(MUTATIONS, List.of(slow)),
            Result.FAILED,
            "mutation mutation_3.txt of events on a unfinished",
            none),
        new Case(
            JUDGE.of(MUTATIONS, List.of(slow, failing)),
            Result.FAILED,
            "mutation mutation_4.txt of events on b failing (Code: 6. Cannot parse), and 1 more",
            none));
  }

  static Stream<Case> replicas() {
    String wouldPass = "at most 30 s behind, and writable";
    return Stream.of(
        new Case(JUDGE.of(LAG, List.of()), Result.PASSED, "no replicated table", wouldPass),
        new Case(
            JUDGE.of(LAG_OF_TABLE, List.of()),
            Result.FAILED,
            "no replicated table events",
            wouldPass),
        new Case(
            JUDGE.of(LAG, List.of(replica("a", 30), replica("b", 3))),
            Result.PASSED,
            "events on a 30 s behind",
            wouldPass),
        new Case(
            JUDGE.of(LAG, List.of(replica("a", 3), replica("b", 31))),
            Result.FAILED,
            "events on b 31 s behind",
            wouldPass),
        new Case(
            JUDGE.of(
                LAG,
                List.of(replica("a", 99), new Measured.Replica("b", "events", 0, true, false))),
            Result.FAILED,
            "events on b is read-only",
            wouldPass),
        new Case(
            JUDGE.of(LAG, List.of(new Measured.Replica("b", "events", 0, false, true))),
            Result.FAILED,
            "events on b has lost its Keeper session",
            wouldPass));
  }

  static Stream<Case> backlogs() {
    return Stream.of(
        new Case(
            JUDGE.of(PARTS, List.of(backlog("a", 150, 99), backlog("b", 7, 0))),
            Result.PASSED,
            "150 parts in partition 1 of events on a",
            "at most 150 parts"),
        new Case(
            JUDGE.of(PARTS, List.of(backlog("a", 3, 0), backlog("b", 151, 0))),
            Result.FAILED,
            "151 parts in partition 1 of events on b",
            "at most 150 parts"),
        new Case(
            JUDGE.of(PARTS, List.of(new Measured.Backlog("a", "", 0, 0))),
            Result.PASSED,
            "no part",
            "at most 150 parts"),
        new Case(
            JUDGE.of(MERGES, List.of(backlog("a", 3, 4), backlog("b", 4, 5))),
            Result.FAILED,
            "5 merges running on b",
            "at most 4 merges"),
        new Case(
            JUDGE.of(MERGES, List.of(backlog("a", 200, 9))),
            Result.FAILED,
            "200 parts in partition 1 of events on a",
            "at most 150 parts"),
        new Case(
            JUDGE.of(
                new Check.MergesBacklog(
                    "b", Optional.empty(), OptionalLong.empty(), OptionalLong.of(4)),
                List.of(backlog("a", 200, 4))),
            Result.PASSED,
            "4 merges running on a",
            "at most 4 merges"));
  }

  @Test
  void aHealthcheckFailsWithItsOwnReason() {
    assertThat(new Judge(Kind.HEALTHCHECK).of(MEGABYTES, List.of()).reason())
        .isEqualTo(Reason.HealthcheckFailed);
  }

  private static Measured.Space space(String node, double free, double table) {
    return new Measured.Space(node, "default", free * GIB, Optional.of(table * GIB));
  }

  private static Measured.Space disk(String node, String name, double free) {
    return new Measured.Space(node, name, free, Optional.empty());
  }

  private static Measured.Replica replica(String node, long delay) {
    return new Measured.Replica(node, "events", delay, false, false);
  }

  private static Measured.Backlog backlog(String node, long parts, long merges) {
    return new Measured.Backlog(node, "partition 1 of events", parts, merges);
  }
}
