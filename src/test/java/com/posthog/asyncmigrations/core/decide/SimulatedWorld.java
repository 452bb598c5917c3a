package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Everything that a run touches, simulated: ledger, lease, status, a server, the workers, and a
 * process that dies between any two effects. The next process begins with what is durable, and
 * nothing else.
 */
final class SimulatedWorld implements Pass.Ledger, Pass.StatusBoard, Pass.World {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration ON_ITS_WAY = Duration.ofSeconds(15);

  /** The process dies here. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** What was read is not the newest any more. */
  static final class Overtaken extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final Random random;
  private final double crashes;
  final SimulatedServer server;
  Instant now = Samples.NOW;
  boolean calm;

  /** PostHog runs the migration itself. */
  boolean taken;

  // durable
  Recorded ledger = Recorded.NOTHING;
  private long statusRevision;
  private int holder;
  private long token;
  private Instant leaseEnds = Instant.EPOCH;
  private Instant leaseSince = Instant.EPOCH;
  final SimulatedDeployments deployments = new SimulatedDeployments();
  boolean finalizer;
  private int runs;

  // of the process
  private int process = 1;
  private Set<String> sent = new HashSet<>();

  /** What was decided, for whoever looks into a walk that went wrong. */
  final List<String> trace = new ArrayList<>();

  SimulatedWorld(Random random, double crashes, double failures) {
    this.random = random;
    this.crashes = crashes;
    this.server = new SimulatedServer(random, failures, now);
  }

  /** A pass of the process; when it dies in it, a new one takes its place. */
  Optional<Choice> pass(Desired desired) {
    try {
      Choice choice = new Pass(this, this, this, clock()).run(desired);
      trace.add(
          now
              + " "
              + process
              + " wants "
              + desired.wish()
              + desired.retryNonce()
              + ": "
              + choice.arrow());
      if (holder == process) {
        leaseEnds = now.plus(LEASE);
      }
      return Optional.of(choice);
    } catch (Crash crash) {
      replaceProcess();
      return Optional.empty();
    } catch (Overtaken overtaken) {
      return Optional.empty();
    }
  }

  /**
   * The process is replaced by another one without dying first: it is cut off, and believes in
   * nothing.
   */
  void replaceProcess() {
    server.clientGone(now);
    process++;
    sent = new HashSet<>();
  }

  void advance(Duration time) {
    now = now.plus(time);
    server.tick(now, calm);
    deployments.tick();
  }

  boolean leaseFree() {
    return holder == 0 || leaseEnds.isBefore(now);
  }

  @Override
  public Recorded read() {
    return ledger;
  }

  @Override
  public void write(Recorded before, Recorded next) {
    maybeCrash();
    if (ledger.revision() != before.revision() && next.run().isPresent()) {
      throw new Overtaken();
    }
    if (before.phase().active() && !held()) {
      throw new Overtaken();
    }
    if (before.phase() == Phase.ERRORED && next.phase() == Phase.STARTING) {
      server.personDecides();
    }
    next.run().ifPresent(run -> mayBegin(before, run));
    before.run().ifPresent(run -> mayLeave(before, run, next));
    ledger = next;
    maybeCrash();
  }

  /** What is half done, and must not stay so, is not given up. */
  private void mayLeave(Recorded before, Run run, Recorded next) {
    if (next.run().flatMap(Run::intent).isPresent()) {
      return;
    }
    run.intent().stream()
        .flatMap(SimulatedWorld::each)
        .filter(one -> server.halfDone(key(one, before)))
        .forEach(one -> server.faults.add(one.effectId() + " is left half done"));
  }

  /** Once a hold is over, nothing begins but what puts it back. */
  private void mayBegin(Recorded before, Run run) {
    boolean begins =
        run.intent().isPresent()
            && run.next().stage() == Position.Stage.FORWARD
            && before.run().flatMap(Run::intent).isEmpty();
    if (begins
        && run.limitedHolds().stream().anyMatch(hold -> !hold.until().isAfter(now))
        && !run.step().equals(Optional.of(Step.ScaleDeployment.restoring("ingestion")))) {
      server.faults.add(run.intent().orElseThrow().effectId() + " began when a hold was over");
    }
  }

  @Override
  public long revision() {
    return statusRevision;
  }

  @Override
  public void publish(Recorded recorded, Choice choice) {
    maybeCrash();
    if (!calm && random.nextInt(50) == 0) {
      throw new Overtaken();
    }
    statusRevision = recorded.revision();
    maybeCrash();
  }

  @Override
  public Observed observe(Desired desired, Recorded recorded) {
    Optional<Run> run = recorded.run();
    return new Observed(
        Optional.empty(),
        Optional.empty(),
        true,
        false,
        taken && run.flatMap(Run::intent).isEmpty()
            ? Optional.of(Samples.problem(Reason.TakenByPostHog))
            : Optional.empty(),
        false,
        lease(),
        run.flatMap(Run::intent).map(intent -> look(intent, recorded)).orElse(EffectView.NONE),
        deployments.view(recorded, now),
        Optional.empty(),
        false,
        "%08x".formatted(runs),
        Optional.of(Samples.SERVERS),
        finalizer,
        deployments.hold(recorded, now),
        run.flatMap(Run::step).map(this::nodes).orElse(List.of()),
        Optional.empty(),
        List.of(),
        Optional.empty());
  }

  private List<NodeRef> nodes(Step step) {
    return (step.onSeveral() ? List.of("s1r1", "s2r1") : List.of("s1r1"))
        .stream().map(target -> new NodeRef(target, "ch", "uuid", server.boot(), now)).toList();
  }

  @Override
  public void perform(Effect effect, Recorded recorded) {
    maybeCrash();
    effect.fold(
        new Effect.Cases<Void>() {
          @Override
          public Void takeLease(Effect.TakeLease e) {
            if (leaseFree()) {
              holder = process;
              token++;
              runs++;
              leaseSince = now;
              leaseEnds = now.plus(LEASE);
            }
            return null;
          }

          @Override
          public Void giveLeaseBack(Effect.GiveLeaseBack e) {
            if (holder == process) {
              holder = 0;
            }
            return null;
          }

          @Override
          public Void submit(Effect.Submit e) {
            if (step(recorded) instanceof Step.ScaleDeployment scale) {
              if (held()) {
                deployments.scale(scale, recorded);
              }
            } else {
              each(e.intent()).forEach(one -> send(one, recorded));
            }
            return null;
          }

          @Override
          public Void kill(Effect.Kill e) {
            e.intent().effectIds().forEach(server::kill);
            return null;
          }

          @Override
          public Void rest(Effect.Rest e) {
            e.intent().effectIds().stream()
                .filter(sent::contains)
                .forEach(id -> server.rest(id, now));
            return null;
          }

          @Override
          public Void scaleWorkers(Effect.ScaleWorkers e) {
            deployments.resize(e.workers(), e.workers().applied());
            return null;
          }

          @Override
          public Void restoreWorkers(Effect.RestoreWorkers e) {
            deployments.resize(e.workers(), e.workers().original());
            return null;
          }

          @Override
          public Void addFinalizer(Effect.AddFinalizer e) {
            finalizer = true;
            return null;
          }

          @Override
          public Void removeFinalizer(Effect.RemoveFinalizer e) {
            finalizer = false;
            return null;
          }
        });
    maybeCrash();
  }

  private static Step step(Recorded recorded) {
    return recorded.theRun().step().orElseThrow();
  }

  private EffectView look(Intent intent, Recorded recorded) {
    if (step(recorded) instanceof Step.ScaleDeployment scale) {
      return deployments.look(scale, recorded);
    }
    return intent.parts().isEmpty()
        ? lookAtOne(intent, recorded)
        : new EffectView.Several(
            intent.parts().stream()
                .map(part -> part.ended() ? part.end() : lookAtOne(intent.of(part), recorded))
                .toList());
  }

  private void send(Intent one, Recorded recorded) {
    if (lookAtOne(one, recorded) instanceof EffectView.Unfinished) {
      sent.remove(one.effectId());
    }
    if (held() && sent.add(one.effectId())) {
      server.send(one, key(one, recorded), recorded.theRun().step().orElseThrow(), now);
    }
  }

  private static String key(Intent one, Recorded recorded) {
    Position at = one.position();
    return "%d-%s-%d-%d-%s"
        .formatted(recorded.attempt(), at.stage(), at.operation(), at.step(), one.node().target());
  }

  private static Stream<Intent> each(Intent intent) {
    return intent.parts().isEmpty() ? Stream.of(intent) : intent.parts().stream().map(intent::of);
  }

  private EffectView lookAtOne(Intent intent, Recorded recorded) {
    EffectView seen = lookAtOne(intent);
    boolean leftOff =
        seen instanceof EffectView.NotRun
            || seen instanceof EffectView.Unknown
            || seen instanceof EffectView.Failed;
    return leftOff && server.halfDone(key(intent, recorded)) ? new EffectView.Unfinished() : seen;
  }

  private EffectView lookAtOne(Intent intent) {
    boolean ours = held() && intent.token() == token;
    if (ours && !sent.contains(intent.effectId())) {
      return new EffectView.NotRun();
    }
    if (sent.contains(intent.effectId()) && server.onItsWay(intent.effectId())) {
      return new EffectView.Running(0, 0);
    }
    return server.look(intent, now.isBefore(leaseSince.plus(ON_ITS_WAY)));
  }

  private LeaseView lease() {
    if (held()) {
      return new LeaseView.Held(token, leaseSince);
    }
    return leaseFree() ? new LeaseView.Free() : new LeaseView.Taken(Samples.problem());
  }

  private boolean held() {
    return holder == process && leaseEnds.isAfter(now);
  }

  private void maybeCrash() {
    if (!calm && random.nextDouble() < crashes) {
      throw new Crash();
    }
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return now;
      }
    };
  }
}
