package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** Writes the rows of one phase, in their order. */
final class Rows {
  /** When to look again at what passes by itself; the reconciler backs off from there. */
  static final Duration SOON = Duration.ofSeconds(5);

  /** When to look again at a step that runs; its end wakes us before. */
  static final Duration POLL = Duration.ofSeconds(2);

  /** When to check again what only a person can change (contracts, 6). */
  static final Duration LATER = Duration.ofMinutes(10);

  /** When to look again at what a run would do; its end wakes us before. */
  static final Duration DRY_RUN = Duration.ofMinutes(1);

  private final Phase from;
  private final List<Transition> rows = new ArrayList<>();

  Rows(Phase from) {
    this.from = from;
  }

  /** Go to another phase, or stay, and write it down. */
  Rows write(Event event, Phase to, Predicate<Facts> when, Function<Facts, Recorded> next) {
    rows.add(new Transition(from, event, to, when, f -> new Decision.Write(next.apply(f))));
    return this;
  }

  /** Stay, and change the run. */
  Rows change(Event event, Predicate<Facts> when, Function<Facts, Run> next) {
    return write(event, from, when, f -> f.recorded().with(next.apply(f)));
  }

  /** Stay, and act. */
  Rows perform(Event event, Predicate<Facts> when, Function<Facts, Effect> effect) {
    rows.add(new Transition(from, event, from, when, f -> new Decision.Perform(effect.apply(f))));
    return this;
  }

  /** Stay, and wait for what passes by itself. */
  Rows hold(Event event, Predicate<Facts> when, Duration recheck, Function<Facts, Problem> why) {
    rows.add(
        new Transition(
            from,
            event,
            from,
            when,
            f -> new Decision.Hold(why.apply(f), false, Holds.recheck(f, recheck))));
    return this;
  }

  /** Stay, and wait for a person. */
  Rows stall(Event event, Predicate<Facts> when, Function<Facts, Problem> why) {
    rows.add(
        new Transition(
            from,
            event,
            from,
            when,
            f -> new Decision.Hold(why.apply(f), true, Holds.recheck(f, LATER))));
    return this;
  }

  /** What every phase of a run asks first: the ledger, what is in the way, and the lease. */
  Rows runIsOurs() {
    return perform(
            Event.DELETION_ABANDONED,
            f ->
                f.observed().finalizer()
                    && f.desired().deletion().filter(d -> d.givesUp(f.now())).isPresent(),
            f -> new Effect.RemoveFinalizer())
        .perform(
            Event.LEDGER_LOST_WORKERS,
            f ->
                f.observed().ledgerLost()
                    && f.observed().workers().asWeLeftIt()
                    && f.observed().workers().found().isPresent(),
            f -> new Effect.RestoreWorkers(f.observed().workers().found().orElseThrow()))
        .perform(
            Event.LEDGER_LOST_DELETED,
            f -> f.observed().ledgerLost() && f.deleted() && f.observed().finalizer(),
            f -> new Effect.RemoveFinalizer())
        .ledgerLost(f -> true)
        .obstacle(f -> true)
        .needsLease(f -> true)
        .needsFinalizer(f -> !f.deleted());
  }

  /** What must not be deleted before it has ended. */
  Rows needsFinalizer(Predicate<Facts> when) {
    return perform(
        Event.FINALIZER_MISSING,
        f -> when.test(f) && !f.observed().finalizer(),
        f -> new Effect.AddFinalizer());
  }

  /** Everything is put back: the resource may be deleted. */
  Rows finalizerNotNeeded(Predicate<Facts> when) {
    return perform(
        Event.FINALIZER_NOT_NEEDED,
        f -> when.test(f) && f.observed().finalizer(),
        f -> new Effect.RemoveFinalizer());
  }

  /** Without its ledger a run cannot go on in any direction. */
  Rows ledgerLost(Predicate<Facts> when) {
    return stall(
        Event.LEDGER_LOST,
        f -> when.test(f) && f.observed().ledgerLost(),
        f ->
            new Problem(
                Reason.LedgerLost,
                "PostgreSQL does not know what this status shows; the workers have their size back. Restore the"
                    + " database, or delete this resource and look at the data before applying it"
                    + " again"));
  }

  /** What is in the way, and passes by itself. */
  Rows obstacle(Predicate<Facts> when) {
    return hold(
        Event.OBSTACLE,
        f -> when.test(f) && f.observed().obstacle().isPresent(),
        SOON,
        f -> f.observed().obstacle().orElseThrow());
  }

  /** PostHog runs the migration itself: no further step beside it. */
  Rows takenByPostHog(Predicate<Facts> when) {
    return hold(
        Event.TAKEN,
        f -> when.test(f) && f.observed().taken().isPresent(),
        SOON,
        f -> f.observed().taken().orElseThrow());
  }

  /** The lease is held, and nothing needs it. */
  Rows leaseNotNeeded(Predicate<Facts> when) {
    return perform(
        Event.LEASE_NOT_NEEDED,
        f -> f.holdsLease() && when.test(f),
        f -> new Effect.GiveLeaseBack());
  }

  /** What cannot go on without the lease. */
  Rows needsLease(Predicate<Facts> when) {
    return hold(
            Event.LEASE_TAKEN,
            f -> when.test(f) && f.observed().lease() instanceof LeaseView.Taken,
            SOON,
            f -> ((LeaseView.Taken) f.observed().lease()).by())
        .perform(
            Event.LEASE_FREE, f -> when.test(f) && !f.holdsLease(), f -> new Effect.TakeLease());
  }

  /** A step that takes too long, or fails again and again, is ended as an error. */
  Rows limitStep(Phase whenEnded) {
    return write(
            Event.STEP_TIMED_OUT,
            whenEnded,
            f -> f.effect(EffectView.Running.class) && f.timedOut(),
            f -> toBeEnded(f, whenEnded, timedOut(f)))
        .write(
            Event.STEP_FAILING,
            whenEnded,
            f -> f.failing().isPresent(),
            f -> toBeEnded(f, whenEnded, f.failing().orElseThrow()));
  }

  private static Recorded toBeEnded(Facts f, Phase phase, Problem why) {
    Run.Stop stop = new Run.Stop(Run.Stop.Kind.ERROR, why);
    return f.recorded().to(phase, f.run().change().error(f.now(), why).stop(stop).build());
  }

  /** The end of each part is recorded as soon as it is seen. */
  Rows recordParts() {
    return change(
        Event.PART_ENDED,
        Facts::partEnded,
        f -> f.run().change().intent(f.parts().orElseThrow().recorded()).build());
  }

  /** Where a part has failed, the others are ended. */
  Rows watchParts(Phase whenFailed) {
    return recordParts()
        .write(
            Event.PART_FAILED,
            whenFailed,
            Facts::failsInPart,
            f -> toBeEnded(f, whenFailed, f.parts().flatMap(Parts::firstFailed).orElseThrow()));
  }

  /** What is known of the step under way, in whatever direction, while nobody stops it. */
  Rows watchStep() {
    return finishStep(f -> true)
        .lookForStep(f -> true)
        .start(EffectView.NotRun.class, Event.STEP_NOT_RUN, Event.STEP_OF_PREDECESSOR, f -> true)
        .hold(Event.STEP_RUNNING, f -> f.effect(EffectView.Running.class), POLL, Rows::underWay);
  }

  /** A step that is being stopped: killed until it is proven gone. */
  Rows killStep(Predicate<Facts> when) {
    return finishStep(when)
        .lookForStep(when)
        .perform(
            Event.STEP_TO_KILL,
            f -> when.test(f) && f.effect(EffectView.Running.class),
            f -> new Effect.Kill(f.intent()))
        .change(
            Event.STEP_GONE,
            f -> when.test(f) && f.hasIntent(),
            f ->
                f.effect(EffectView.Finished.class)
                    ? Moves.finished(f).build()
                    : Moves.ended(f).build());
  }

  /** What must not stay as it is goes on, also where it is to be stopped. */
  private Rows finishStep(Predicate<Facts> when) {
    return start(
        EffectView.Unfinished.class,
        Event.STEP_UNFINISHED,
        Event.STEP_UNFINISHED_OF_PREDECESSOR,
        when);
  }

  /** A step that looks so is started; a predecessor's is taken over before. */
  private Rows start(
      Class<? extends EffectView> look, Event ours, Event predecessors, Predicate<Facts> when) {
    return perform(
            ours,
            f -> when.test(f) && f.mayStart(look),
            f ->
                new Effect.Submit(
                    f.parts().map(p -> p.those(f.token(), look)).orElseGet(f::intent)))
        .change(
            predecessors,
            f -> when.test(f) && f.effect(look),
            f ->
                f.run()
                    .change()
                    .intent(
                        f.parts()
                            .map(p -> p.under(f.token(), look))
                            .orElseGet(f::intent)
                            .under(f.token(), f.now()))
                    .build());
  }

  private Rows lookForStep(Predicate<Facts> when) {
    return hold(
        Event.STEP_LOOKING,
        f -> when.test(f) && f.effect(EffectView.Looking.class),
        POLL,
        f -> f.effectAs(EffectView.Looking.class).why());
  }

  /**
   * A run that ends: what is always restored, then the workers, then the phase that says so.
   *
   * @param ends the phases that it can end in from here
   */
  Rows ending(Phase... ends) {
    change(
            Event.RESTORE_STEP_FINISHED,
            f -> f.ending() && f.effect(EffectView.Finished.class),
            f -> Moves.finished(f).build())
        .change(
            Event.RESTORE_STEP_FAILED,
            f -> f.ending() && f.effect(EffectView.Failed.class),
            f -> {
              Problem why = f.effectAs(EffectView.Failed.class).problem().as(Reason.RestoreFailed);
              return Moves.failed(f, why).endingBadly(why).next(f.run().next().nextStep()).build();
            })
        .change(
            Event.RESTORE_STEP_LOST,
            f -> f.ending() && f.effect(EffectView.Unknown.class),
            Moves::again)
        .change(
            Event.RESTORE_NEXT_STEP,
            f -> f.ending() && !f.hasIntent() && f.stepLeft(),
            Moves::intend)
        .restoreWorkers(f -> f.ending() && !f.hasIntent());
    for (Phase end : ends) {
      write(
          Event.RESTORED,
          end,
          f ->
              f.recorded().run().flatMap(Run::ending).filter(e -> e.phase() == end).isPresent()
                  && !f.hasIntent(),
          f ->
              f.recorded()
                  .to(end, f.run().change().finishedAt(f.now()).build())
                  .because(f.run().ending().orElseThrow().why()));
    }
    return this;
  }

  /** The worker Deployment gets back what is still as the run had set it. */
  Rows restoreWorkers(Predicate<Facts> when) {
    return perform(
            Event.WORKERS_TO_RESTORE,
            f -> when.test(f) && f.toRestore().isPresent() && f.observed().workers().asWeLeftIt(),
            f -> new Effect.RestoreWorkers(f.toRestore().orElseThrow()))
        .change(
            Event.WORKERS_SEEN_RESTORED,
            f -> when.test(f) && f.toRestore().isPresent(),
            f -> f.run().change().restored(f.toRestore().orElseThrow(), f.now()).build());
  }

  /** A step that stands still says why; nothing is wrong with one that does not. */
  private static Problem underWay(Facts f) {
    return f.effectAs(EffectView.Running.class)
        .waiting()
        .map(why -> new Problem(why.reason(), f.where() + ": " + why.message() + f.notFollowed()))
        .orElseGet(() -> new Problem(Reason.Running, "running " + f.where() + f.notFollowed()));
  }

  private static Problem timedOut(Facts f) {
    return new Problem(
        Reason.StatementTimedOut,
        "%s ran longer than its timeout and is ended".formatted(f.where()));
  }

  /** A nonce that was raised while there is nothing to retry is consumed, and does nothing. */
  Rows ignoresNonce() {
    return write(
        Event.NONCE_IGNORED,
        from,
        Facts::nonceGrew,
        f -> f.recorded().to(from).consuming(f.desired().retryNonce()));
  }

  List<Transition> rows() {
    return List.copyOf(rows);
  }
}
