package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.decide.Position.Stage;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A database server as ClickHouse is one: it runs what arrives, also when nobody waits for it any
 * more, refuses an id that is running, and forgets everything when it is restarted without its log.
 * It notes what must never happen.
 */
final class SimulatedServer {
  /** One execution of a step. */
  static final class Execution {
    final Intent intent;
    final String key;
    final Step step;
    final boolean fails;
    final Instant halfDone;
    Instant ends;
    End end = End.RUNNING;
    boolean asksToRest;
    boolean orphan;
    boolean logged = true;
    boolean personDecided;

    Execution(Intent intent, String key, Step step, Instant begins, Duration takes, boolean fails) {
      this.intent = intent;
      this.key = key;
      this.step = step;
      this.halfDone = begins.plus(takes.dividedBy(2));
      this.ends = begins.plus(takes);
      this.fails = fails;
    }

    /** What it comes to: one made of pieces needs a client that asks for the next one. */
    End outcome() {
      if (orphan) {
        return End.LOST;
      }
      if (asksToRest) {
        return End.RESTED;
      }
      return fails ? End.FAILED : End.FINISHED;
    }

    void endsAfterThePieceUnderWay(Instant then) {
      ends = then.isBefore(ends) ? then : ends;
    }

    long rows() {
      return step instanceof Step.ListItems ? ITEMS : 1;
    }
  }

  /** How many items a list has. */
  static final int ITEMS = 2;

  enum End {
    RUNNING,
    FINISHED,
    FAILED,
    KILLED,
    RESTED,
    LOST
  }

  private record OnItsWay(Intent intent, String key, Step step, Instant arrives, boolean orphan) {}

  private final Random random;
  private final double failures;
  private final List<OnItsWay> network = new ArrayList<>();
  final Map<String, List<Execution>> byId = new LinkedHashMap<>();
  final List<Execution> all = new ArrayList<>();
  final List<String> faults = new ArrayList<>();

  /** The keys of what is half done, and must not stay so. */
  private final Set<String> halfDone = new HashSet<>();

  private Instant boot;

  SimulatedServer(Random random, double failures, Instant boot) {
    this.random = random;
    this.failures = failures;
    this.boot = boot;
  }

  Instant boot() {
    return boot;
  }

  /** A request leaves a process; it arrives within the time that a request may be on its way. */
  void send(Intent intent, String key, Step step, Instant now) {
    network.add(new OnItsWay(intent, key, step, now.plusMillis(random.nextInt(12_000)), false));
  }

  /** What must be finished goes on; what comes too late may have done its work. */
  void kill(String id) {
    running(id).stream()
        .filter(e -> e.orphan || !halfDone.contains(e.key))
        .forEach(
            e -> {
              e.end = End.KILLED;
              if (e.step instanceof ExchangeTables && random.nextInt(4) == 0) {
                halfDone.add(e.key);
              }
            });
  }

  /** Whether a step with this key is half done, and must not stay so. */
  boolean halfDone(String key) {
    return halfDone.contains(key);
  }

  /** A step made of pieces ends after the one that is under way. */
  void rest(String id, Instant now) {
    running(id).stream()
        .filter(e -> e.step.rests() && !e.orphan && !halfDone.contains(e.key))
        .forEach(
            e -> {
              e.asksToRest = true;
              e.endsAfterThePieceUnderWay(now.plusMillis(random.nextInt(5_000)));
            });
  }

  /** The process that has sent everything so far is gone, and what only it knew. */
  void clientGone(Instant now) {
    for (Execution execution : all) {
      if (execution.step.rests() && execution.end == End.RUNNING) {
        execution.orphan = true;
        execution.endsAfterThePieceUnderWay(now.plusMillis(random.nextInt(5_000)));
      } else if (execution.end == End.RESTED) {
        execution.end = End.LOST;
      }
    }
    network.replaceAll(
        r -> new OnItsWay(r.intent(), r.key(), r.step(), r.arrives(), r.step().rests()));
  }

  /** Time has passed. */
  void tick(Instant now, boolean calm) {
    Iterator<OnItsWay> requests = network.iterator();
    while (requests.hasNext()) {
      OnItsWay request = requests.next();
      if (!request.arrives().isAfter(now)) {
        requests.remove();
        arrive(request, now, calm);
      }
    }
    all.stream().filter(e -> e.end == End.RUNNING).forEach(e -> goesOn(e, now));
  }

  private void goesOn(Execution execution, Instant now) {
    if (execution.step instanceof ExchangeTables
        && !execution.fails
        && !execution.halfDone.isAfter(now)
        && !execution.halfDone.isAfter(execution.ends)) {
      halfDone.add(execution.key);
      execution.asksToRest = false;
    }
    if (!execution.ends.isAfter(now)) {
      execution.end = execution.outcome();
      if (execution.end == End.FINISHED) {
        halfDone.remove(execution.key);
      }
    }
  }

  /** The process of the server dies and comes back; requests on their way to it are refused. */
  void restart(Instant now, boolean logLost) {
    network.clear();
    boot = now;
    for (Execution execution : all) {
      if (execution.end == End.RUNNING) {
        execution.end = End.LOST;
      }
      execution.logged &= !logLost;
    }
  }

  EffectView look(Intent intent, boolean mayBeOnItsWay) {
    List<Execution> known =
        byId.getOrDefault(intent.effectId(), List.of()).stream().filter(e -> e.logged).toList();
    if (known.isEmpty()) {
      if (mayBeOnItsWay) {
        return new EffectView.Looking(Samples.problem());
      }
      return intent.node().boot().equals(boot)
          ? new EffectView.NotRun()
          : new EffectView.Unknown(Samples.problem());
    }
    return switch (known.get(known.size() - 1).end) {
      case RUNNING -> new EffectView.Running(0.5, 1);
      case FINISHED -> new EffectView.Finished(known.get(known.size() - 1).rows());
      case RESTED -> new EffectView.Rested(1);
      case FAILED, KILLED -> new EffectView.Failed(Samples.problem());
      case LOST ->
          mayBeOnItsWay
              ? new EffectView.Looking(Samples.problem())
              : new EffectView.Unknown(Samples.problem());
    };
  }

  /** A person has looked at what the servers do not know any more, and wants the run to go on. */
  void personDecides() {
    all.stream().filter(e -> !e.logged || e.end == End.LOST).forEach(e -> e.personDecided = true);
  }

  /** Whether a request for this id has left a process and not arrived. */
  boolean onItsWay(String id) {
    return network.stream().anyMatch(request -> request.intent().effectId().equals(id));
  }

  boolean idle() {
    return network.isEmpty() && all.stream().noneMatch(e -> e.end == End.RUNNING);
  }

  private void arrive(OnItsWay request, Instant now, boolean calm) {
    Intent intent = request.intent();
    if (!running(intent.effectId()).isEmpty()) {
      return; // QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING
    }
    all.stream()
        .filter(e -> e.end == End.RUNNING)
        .filter(e -> !e.intent.position().equals(intent.position())) // its other parts
        .forEach(
            e -> faults.add(intent.effectId() + " began while " + e.intent.effectId() + " ran"));
    all.stream()
        .filter(e -> e.key.equals(request.key()) && intent.position().stage() == Stage.FORWARD)
        .filter(e -> request.step().onUnknown() == OnUnknown.FAIL)
        .filter(e -> e.end == End.FINISHED || e.end == End.LOST)
        .filter(e -> !undoneSince(e) && !e.personDecided)
        .forEach(
            e -> faults.add(intent.effectId() + " repeats " + e.intent.effectId() + ": " + e.end));
    Execution execution =
        new Execution(
            intent,
            request.key(),
            request.step(),
            now,
            Duration.ofSeconds(random.nextInt(90)),
            !calm && !halfDone.contains(request.key()) && random.nextDouble() < failures);
    execution.orphan = request.orphan();
    byId.computeIfAbsent(intent.effectId(), id -> new ArrayList<>()).add(execution);
    all.add(execution);
  }

  /** Whether the rollback of its operation was run to its end after it. */
  private boolean undoneSince(Execution execution) {
    int at = all.indexOf(execution);
    return all.subList(at + 1, all.size()).stream()
        .anyMatch(
            e ->
                e.end == End.FINISHED
                    && (e.intent.position().stage() == Stage.BACKWARD
                        || e.intent.position().stage() == Stage.REDO)
                    && e.intent.position().operation() == execution.intent.position().operation());
  }

  private List<Execution> running(String id) {
    return byId.getOrDefault(id, List.of()).stream().filter(e -> e.end == End.RUNNING).toList();
  }
}
