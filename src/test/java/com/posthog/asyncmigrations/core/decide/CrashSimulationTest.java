package com.posthog.asyncmigrations.core.decide;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.PlanCompiler;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.Undo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever dies wherever, a run ends where it was wanted to: nothing is done twice that may not be
 * repeated, no two steps run at once, the worker has its size, the lease is free. More walks:
 * {@code -Dsimulation.walks=100000}.
 */
class CrashSimulationTest {
  private static final int WALKS = Integer.getInteger("simulation.walks", 4_000);
  private static final int MOST_PASSES = 3_000;

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.03, 0.3})
  void whateverDiesWherever(double crashes) {
    for (int seed = 0; seed < WALKS; seed++) {
      new Walk(seed, crashes, true).walk();
    }
  }

  /**
   * Without failures and without other wishes, a crash can delay a run, and change nothing else.
   */
  @Test
  void aCrashAloneNeverEndsARun() {
    for (int seed = 0; seed < WALKS; seed++) {
      Walk walk = new Walk(seed, 0.1, false);
      walk.walk();
      assertThat(walk.world.ledger.phase()).as("seed %d", seed).isEqualTo(Phase.COMPLETED);
      assertThat(walk.world.server.all)
          .filteredOn(e -> !e.step.rests() || e.end == SimulatedServer.End.FINISHED)
          .as("seed %d", seed)
          .hasSize(steps(walk.compiled));
    }
  }

  private static int steps(Compiled compiled) {
    return compiled.asPlan().orElseThrow().operations().stream()
        .flatMap(o -> sequence(o).stream())
        .filter(CrashSimulationTest::onServer)
        .mapToInt(step -> targets(step).size())
        .sum();
  }

  /** The steps as they are run: those of a list once for each of its items. */
  private static List<Step> sequence(PlannedOperation operation) {
    List<Step> steps = operation.steps();
    if (steps.isEmpty() || !(steps.get(0) instanceof Step.ListItems)) {
      return steps;
    }
    List<Step> all = new ArrayList<>(steps.subList(0, 1));
    for (int item = 0; item < SimulatedServer.ITEMS; item++) {
      all.addAll(steps.subList(1, steps.size()));
    }
    return all;
  }

  private static boolean onServer(Step step) {
    return !(step instanceof Step.ScaleDeployment);
  }

  private static List<String> targets(Step step) {
    if (!onServer(step)) {
      return List.of();
    }
    return step.onSeveral() ? List.of("s1r1", "s2r1") : List.of("s1r1");
  }

  /** One walk: a random plan, random wishes, random faults, and then peace. */
  private static final class Walk {
    private final int seed;
    private final boolean trouble;
    private final Random random;
    final SimulatedWorld world;
    private final Compiled impatient;
    private final Compiled patient;
    Compiled compiled;
    private Wish wish = Wish.COMPLETED;
    private int nonce;
    private Desired.Policy policy;
    private Optional<Desired.Deletion> deletion = Optional.empty();

    Walk(int seed, double crashes, boolean trouble) {
      this.seed = seed;
      this.trouble = trouble;
      random = new Random(seed);
      world = new SimulatedWorld(random, crashes, trouble ? 0.1 : 0);
      List<PlanCompiler.Draft> drafts = drafts();
      List<Step> restore = restore();
      impatient = compiled(drafts, restore);
      patient = compiled(drafts.stream().map(Walk::withoutLimit).toList(), restore);
      compiled = impatient;
      policy =
          new Desired.Policy(
              random.nextBoolean(),
              !trouble || random.nextInt(4) > 0,
              Duration.ofSeconds(random.nextInt(2) * 60L),
              Duration.ofMinutes(10));
    }

    void walk() {
      for (int i = 0; i < 200; i++) {
        if (trouble) {
          disturb();
        }
        pass();
      }
      world.calm = true;
      world.taken = false;
      compiled = patient; // a person gives holds that were too short for it more time
      wish = random.nextBoolean() || !trouble ? Wish.COMPLETED : Wish.ROLLED_BACK;
      policy = new Desired.Policy(policy.rollBackOnError(), true, Duration.ZERO, Duration.ZERO);
      if (trouble && random.nextInt(6) == 0) {
        deletion = Optional.of(new Desired.Deletion(world.now, false));
      }
      settle();
      check();
    }

    private void disturb() {
      switch (random.nextInt(40)) {
        case 0 -> wish = oneOf(List.of(Wish.values()));
        case 1 -> nonce++;
        case 2 -> world.server.restart(world.now, random.nextBoolean());
        case 3 -> world.replaceProcess();
        case 4 -> world.advance(Duration.ofMinutes(1));
        case 5 -> world.taken = !world.taken;
        default -> {
          // mostly, nothing happens
        }
      }
    }

    private void pass() {
      world.pass(desired());
      world.advance(Duration.ofMillis(random.nextInt(6_000)));
    }

    /** A person raises the nonce when nothing moves any more, until what is wanted is so. */
    private void settle() {
      int passes = 0;
      while (!settled()) {
        Optional<PhaseTable.Choice> choice = world.pass(desired());
        boolean stands = choice.filter(c -> c.arrow().event() == Event.NOTHING_WANTED).isPresent();
        if (stands && !world.ledger.phase().active() && !settled()) {
          nonce++;
        }
        world.advance(Duration.ofSeconds(5));
        assertThat(passes++)
            .as("seed %d wants %s and stands at %s", seed, wish, world.ledger)
            .isLessThan(MOST_PASSES);
      }
    }

    private boolean settled() {
      if (!world.leaseFree() || world.finalizer) {
        return false;
      }
      if (deletion.isPresent()) {
        return !world.ledger.phase().active();
      }
      return switch (world.ledger.phase()) {
        case COMPLETED -> wish == Wish.COMPLETED || irreversible();
        case ROLLED_BACK -> wish == Wish.ROLLED_BACK;
        case NOT_STARTED -> wish == Wish.ROLLED_BACK;
        case ERRORED -> wish == Wish.ROLLED_BACK && irreversible();
        default -> false;
      };
    }

    private boolean irreversible() {
      return world.ledger.theRun().irreversible().isPresent();
    }

    private void check() {
      assertThat(world.server.faults).as(this::trace).isEmpty();
      assertThat(world.server.idle()).as("seed %d: nothing runs any more", seed).isTrue();
      assertThat(world.deployments.replicas)
          .as("seed %d", seed)
          .isEqualTo(SimulatedDeployments.ORIGINAL);
      assertThat(world.deployments.ingestion)
          .as(this::trace)
          .isEqualTo(SimulatedDeployments.INGESTION);
      world.ledger.run().ifPresent(this::dataIsAsThePhaseSays);
    }

    private void dataIsAsThePhaseSays(Run run) {
      for (int i = 0; i < run.plan().operations().size(); i++) {
        PlannedOperation operation = run.plan().operations().get(i);
        if (world.ledger.phase() == Phase.COMPLETED) {
          List<Step> steps = sequence(operation);
          for (int step = 0; step < steps.size(); step++) {
            for (String target : targets(steps.get(step))) {
              assertThat(lastOf(i, step, target))
                  .as("seed %d: %d.%d %s", seed, i, step, target)
                  .hasValueSatisfying(e -> isLast(e, true));
            }
          }
        } else if (world.ledger.phase() == Phase.ROLLED_BACK
            && operation.undo() instanceof Undo.By) {
          lastOf(i, 0, "s1r1").ifPresent(e -> isLast(e, false));
        }
      }
    }

    private void isLast(SimulatedServer.Execution execution, boolean forward) {
      assertThat(execution.end).as(this::trace).isEqualTo(SimulatedServer.End.FINISHED);
      assertThat(execution.intent.position().stage() == Position.Stage.FORWARD)
          .as("seed %d: %s", seed, execution.intent)
          .isEqualTo(forward);
    }

    private String trace() {
      return "seed " + seed + "\n" + String.join("\n", world.trace);
    }

    private Optional<SimulatedServer.Execution> lastOf(int operation, int step, String target) {
      return world.server.all.stream()
          .filter(e -> e.intent.position().stage() != Position.Stage.RESTORE)
          .filter(e -> e.intent.position().operation() == operation)
          .filter(
              e ->
                  e.intent.position().stage() != Position.Stage.FORWARD
                      || (e.intent.position().step() == step
                          && e.intent.node().target().equals(target)))
          .reduce((first, second) -> second);
    }

    private Desired desired() {
      List<Desired.Approval> approvals =
          Stream.of(impatient, patient)
              .flatMap(either -> either.asPlan().stream())
              .flatMap(
                  plan ->
                      plan.operations().stream()
                          .map(o -> new Desired.Approval(o.name(), plan.hash(), true, "")))
              .toList();
      Desired desired = new Desired(wish, nonce, compiled, approvals, policy, Checks.NONE);
      return deletion.map(desired::deleted).orElse(desired);
    }

    private <T> T oneOf(List<T> all) {
      return all.get(random.nextInt(all.size()));
    }

    private List<PlanCompiler.Draft> drafts() {
      List<PlanCompiler.Draft> drafts = new ArrayList<>();
      int operations = 1 + random.nextInt(5);
      for (int i = 0; i < operations; i++) {
        String name = "op" + i;
        boolean irreversible = trouble && random.nextInt(12) == 0;
        Undo undo =
            irreversible
                ? Samples.IRREVERSIBLE
                : random.nextInt(4) == 0 ? Samples.NO_UNDO : Samples.UNDO;
        if (random.nextInt(6) == 0) {
          drafts.add(Samples.approval(name));
        } else {
          OnUnknown[] steps = new OnUnknown[1 + random.nextInt(3)];
          for (int s = 0; s < steps.length; s++) {
            steps[s] =
                undo instanceof Undo.By
                    ? oneOf(List.of(OnUnknown.values()))
                    : oneOf(List.of(OnUnknown.FAIL, OnUnknown.REPEAT));
          }
          drafts.add(
              switch (random.nextInt(6)) {
                case 0 -> Samples.onEveryNode(name, undo, steps);
                case 1 -> Samples.forEach(name, undo, steps);
                case 2 ->
                    random.nextBoolean()
                        ? Samples.scale(name, OptionalInt.of(0), limit())
                        : Samples.scale(name, OptionalInt.empty());
                case 3 ->
                    random.nextBoolean()
                        ? Samples.inBatches(name, undo)
                        : Samples.exchange(name, undo);
                default -> Samples.sql(name, undo, steps);
              });
        }
      }
      return drafts;
    }

    /** How long a Deployment may be held: often too short for what is done meanwhile. */
    private Optional<Duration> limit() {
      return trouble && random.nextBoolean()
          ? Optional.of(Duration.ofSeconds(10 + random.nextInt(300)))
          : Optional.empty();
    }

    private static PlanCompiler.Draft withoutLimit(PlanCompiler.Draft draft) {
      return draft.steps().stream().anyMatch(step -> step.adjustable().isPresent())
              && draft.kind() == PlannedOperation.Kind.SCALE_DEPLOYMENT
          ? Samples.scale(draft.name(), OptionalInt.of(0))
          : draft;
    }

    private List<Step> restore() {
      return trouble && random.nextBoolean()
          ? List.of(Samples.statement("restore", OnUnknown.REPEAT))
          : List.of();
    }

    private static Compiled compiled(List<PlanCompiler.Draft> drafts, List<Step> restore) {
      return PlanCompiler.compile("0001_simulated", List.of(), drafts, restore);
    }
  }
}
