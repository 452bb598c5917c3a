package com.posthog.asyncmigrations.core.decide;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.OperationRecord.State;
import com.posthog.asyncmigrations.core.decide.Position.Stage;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the decisions write down. */
class WrittenTest {

  @Test
  void aStartIsAnAttemptOfItsOwn() {
    Recorded next = written(Scenario.withoutRun(Phase.NOT_STARTED));

    assertThat(next.attempt()).isEqualTo(1);
    assertThat(next.theRun().id()).isEqualTo("11112222");
    assertThat(next.theRun().next()).isEqualTo(new Position(Stage.FORWARD, 0, 0, 1));
    assertThat(next.theRun().operations()).hasSize(4).allMatch(o -> o.state() == State.PENDING);
  }

  @Test
  void anIntentSaysWhichStepWhereUnderWhichToken() {
    Run run = written(Scenario.in(Phase.RUNNING).at(Stage.FORWARD, 1, 1)).theRun();

    Intent intent = run.intent().orElseThrow();
    assertThat(intent.effectId()).isEqualTo("0001_test-0a1b2c3d-1-f1-1-s1r1-1");
    assertThat(intent.node()).isEqualTo(Samples.NODE);
    assertThat(intent.token()).isEqualTo(Scenario.TOKEN);
    assertThat(run.begun()).isEqualTo(2);
    assertThat(run.operations().get(1).state()).isEqualTo(State.RUNNING);
    assertThat(run.operations().get(1).tries()).isEqualTo(1);
    assertThat(run.operations().get(1).startedAt()).contains(Samples.NOW);
  }

  @Test
  void aPredecessorsIntentKeepsItsIdUnderTheNewToken() {
    Scenario theirs = Scenario.in(Phase.RUNNING).effect(new EffectView.NotRun(), 3);

    Intent before = theirs.recorded().theRun().intent().orElseThrow();
    Intent after = written(theirs).theRun().intent().orElseThrow();
    assertThat(after.effectId()).isEqualTo(before.effectId());
    assertThat(after.token()).isEqualTo(Scenario.TOKEN);
  }

  @Test
  void aFinishedStepLeadsToTheNextOneOrToTheNextOperation() {
    EffectView finished = new EffectView.Finished(10);
    Run step =
        written(Scenario.in(Phase.RUNNING).at(Stage.FORWARD, 1, 0).effect(finished)).theRun();
    Run operation =
        written(Scenario.in(Phase.RUNNING).at(Stage.FORWARD, 1, 1).effect(finished)).theRun();

    assertThat(step.next()).isEqualTo(new Position(Stage.FORWARD, 1, 1, 1));
    assertThat(step.intent()).isEmpty();
    assertThat(step.operations().get(1).rows()).isEqualTo(10);
    assertThat(operation.next()).isEqualTo(new Position(Stage.FORWARD, 2, 0, 1));
    assertThat(operation.operations().get(1).state()).isEqualTo(State.COMPLETED);
    assertThat(operation.operations().get(1).finishedAt()).contains(Samples.NOW);
  }

  @Test
  void anUndoneOperationLeadsToTheOneBeforeIt() {
    Run run =
        written(
                Scenario.in(Phase.ROLLING_BACK)
                    .at(Stage.BACKWARD, 1, 0)
                    .effect(new EffectView.Finished(1)))
            .theRun();

    assertThat(run.next()).isEqualTo(new Position(Stage.BACKWARD, 0, 0, 1));
    assertThat(run.operations().get(1).state()).isEqualTo(State.ROLLED_BACK);
  }

  @Test
  void whatHasNothingToUndoIsPassedOver() {
    Run run =
        written(
                Scenario.in(Phase.STOPPING)
                    .at(Stage.FORWARD, 3, 0)
                    .run(r -> r.stop(new Run.Stop(Run.Stop.Kind.ROLL_BACK, Samples.problem()))))
            .theRun();

    assertThat(run.next()).isEqualTo(new Position(Stage.BACKWARD, 1, 0, 1));
    assertThat(run.operations().get(3).state()).isEqualTo(State.ROLLED_BACK);
    assertThat(run.rolledBackFor()).contains(0);
  }

  @Test
  void aLostStepIsTriedUnderAnotherIdOrUndoneFirst() {
    EffectView lost = new EffectView.Unknown(Samples.problem(Reason.OutcomeUnknown));
    Run repeated =
        written(Scenario.in(Phase.RUNNING).at(Stage.FORWARD, 1, 0).effect(lost)).theRun();
    Run redone = written(Scenario.in(Phase.RUNNING).at(Stage.FORWARD, 1, 1).effect(lost)).theRun();

    assertThat(repeated.next()).isEqualTo(new Position(Stage.FORWARD, 1, 0, 2));
    assertThat(redone.next()).isEqualTo(new Position(Stage.REDO, 1, 0, 2));
  }

  @Test
  void aRestedStepIsTriedUnderAnotherIdAndCountsNothingYet() {
    Run run = written(RestCases.resting().effect(new EffectView.Rested(10))).theRun();

    assertThat(run.intent()).isEmpty();
    assertThat(run.next()).isEqualTo(new Position(Stage.FORWARD, 0, 0, 2));
    assertThat(run.operations().get(0).rows()).isZero();
    assertThat(run.errors()).isEmpty();
  }

  @Test
  void aStepThatStandsStillSaysWhy() {
    EffectView waiting =
        EffectView.Running.waiting(
            0.5, 10, Optional.of(Samples.problem(Reason.DatabaseUnreachable)));

    assertThat(whyHeld(RestCases.resting().effect(waiting)))
        .isEqualTo(new Problem(Reason.DatabaseUnreachable, "operation fill: as the test wants it"));
    assertThat(whyHeld(Scenario.in(Phase.RUNNING).parts(waiting, waiting)).reason())
        .isEqualTo(Reason.DatabaseUnreachable);
    assertThat(whyHeld(Scenario.in(Phase.RUNNING).parts(waiting, Cases.RUNNING)).reason())
        .isEqualTo(Reason.Running);
  }

  @Test
  void whatAStepSaysAtItsEndIsKept() {
    EffectView silent = new EffectView.Finished(1);
    EffectView one = new EffectView.Finished(2, Optional.of("2 rows"));
    EffectView other = new EffectView.Finished(3, Optional.of("3 rows"));

    assertThat(said(one)).contains("2 rows");
    assertThat(said(one, other)).contains("s1r1: 2 rows\ns2r1: 3 rows");
    assertThat(said(silent, other)).contains("s2r1: 3 rows");
    assertThat(said(silent, silent)).isEmpty();
    assertThat(said(new EffectView.Finished(1, Optional.of("x".repeat(700)))).orElseThrow())
        .hasSize(600);
  }

  private static Optional<String> said(EffectView... ends) {
    Scenario ended = Scenario.in(Phase.RUNNING).parts(ends).recordParts();
    assertThat(ended.recorded().theRun().intent().orElseThrow().parts())
        .extracting(Part::end)
        .containsExactly(ends);
    return written(ended).theRun().operations().get(0).output();
  }

  @Test
  void ofSeveralPartsTheFirstStatementIsShown() {
    EffectView.Running running = new EffectView.Running(0.5, 10);
    Run run = Scenario.in(Phase.RUNNING).parts(running, running, running).recorded().theRun();

    EffectView whole =
        run.whole(
            new EffectView.Several(
                List.of(
                    running, running.by(Optional.of("id.2")), running.by(Optional.of("id.3")))));

    assertThat(((EffectView.Running) whole).queryId()).contains("id.2");
  }

  @Test
  void aFailedStepIsAnErrorOfItsOperation() {
    Run run =
        written(
                Scenario.in(Phase.RUNNING)
                    .at(Stage.FORWARD, 1, 0)
                    .effect(new EffectView.Failed(Samples.problem())))
            .theRun();

    assertThat(run.errors()).hasSize(1);
    assertThat(run.errors().get(0).operation()).isEqualTo("copy");
    assertThat(run.operations().get(1).state()).isEqualTo(State.FAILED);
    assertThat(run.stop().map(Run.Stop::kind)).contains(Run.Stop.Kind.ERROR);
  }

  @Test
  void aStepThatFailedByItselfWhileItWasStoppedIsAnErrorToo() {
    Run.Stop stop = new Run.Stop(Run.Stop.Kind.STOP, Samples.problem(Reason.Stopped));
    Scenario stopping = Scenario.in(Phase.STOPPING).at(Stage.FORWARD, 1, 0).run(r -> r.stop(stop));
    Run killed =
        written(stopping.effect(new EffectView.Failed(Samples.problem(Reason.StatementKilled))))
            .theRun();
    Run failed = written(stopping.effect(new EffectView.Failed(Samples.problem()))).theRun();

    assertThat(killed.errors()).isEmpty();
    assertThat(killed.operations().get(1).state()).isEqualTo(State.FAILED);
    assertThat(failed.errors()).hasSize(1);
  }

  @Test
  void anApprovedOperationHasBegunAndIsOver() {
    Run run =
        written(Scenario.in(Phase.AWAITING_APPROVAL).at(Stage.FORWARD, 2, 0).approval(true))
            .theRun();

    assertThat(run.begun()).isEqualTo(3);
    assertThat(run.next()).isEqualTo(new Position(Stage.FORWARD, 3, 0, 1));
    assertThat(run.operations().get(2).state()).isEqualTo(State.COMPLETED);
  }

  @Test
  void aRejectionIsToldWithItsComment() {
    Recorded next =
        written(Scenario.in(Phase.AWAITING_APPROVAL).at(Stage.FORWARD, 2, 0).approval(false));

    Problem why = next.theRun().stop().orElseThrow().problem();
    assertThat(why.reason()).isEqualTo(Reason.ApprovalRejected);
    assertThat(why.message()).isEqualTo("operation look was rejected: because");
    assertThat(next.theRun().errors()).isEmpty();
  }

  @Test
  void eachEndingRestoresUnderANumberOfItsOwn() {
    Run run = written(Scenario.in(Phase.RUNNING).at(Stage.FORWARD, 4, 0)).theRun();

    assertThat(run.endings()).isEqualTo(1);
    assertThat(run.next()).isEqualTo(new Position(Stage.RESTORE, 0, 0, 1));
    assertThat(run.ending().orElseThrow().resumeAt())
        .isEqualTo(new Position(Stage.FORWARD, 4, 0, 1));
  }

  @Test
  void onlyTheNewestTenErrorsAreKept() {
    RunBuilder change = Scenario.in(Phase.RUNNING).recorded().theRun().change();
    for (int i = 0; i < 12; i++) {
      change.error(Samples.NOW.plusSeconds(i), Samples.problem());
    }

    List<RecordedError> errors = change.build().errors();
    assertThat(errors).hasSize(10);
    assertThat(errors.get(0).at()).isEqualTo(Samples.NOW.plusSeconds(11));
    assertThat(errors.get(9).at()).isEqualTo(Samples.NOW.plusSeconds(2));
  }

  @Test
  void podsMayTakeTheirTimeBeforeTheyAreSaidNotToBeReady() {
    Problem pods = Samples.problem(Reason.WorkersNotReady);
    Problem gone = Samples.problem(Reason.WorkerMissing);

    assertThat(held(starting(pods, Duration.ofMinutes(10)))).isEqualTo(Reason.Starting);
    assertThat(held(starting(pods, Duration.ofMinutes(10).plusMillis(1))))
        .isEqualTo(Reason.WorkersNotReady);
    assertThat(held(starting(gone, Duration.ZERO))).isEqualTo(Reason.WorkerMissing);
  }

  @Test
  void whatTheSpecSaysAndTheRunDoesNotFollowIsSaid() {
    Scenario running = Scenario.in(Phase.RUNNING).effect(new EffectView.Running(0.5, 1));

    assertThat(message(running)).isEqualTo("running operation create");
    assertThat(message(running.wants(Wish.IDLE))).contains("does not end a run");
    assertThat(message(running.compiled(Cases.CHANGED))).contains("the spec was changed");
    assertThat(
            message(
                Scenario.in(Phase.RUNNING)
                    .at(Stage.FORWARD, 1, 1)
                    .effect(new EffectView.Running(0.5, 1))))
        .isEqualTo("running operation copy (statement 2 of 2)");
  }

  @Test
  void whatFailsAgainAndAgainIsAnErrorAndIsEnded() {
    Recorded alone = written(Scenario.in(Phase.RUNNING).effect(Cases.FAILING));
    Recorded onSeveral =
        written(Scenario.in(Phase.RUNNING).parts(Cases.RUNNING, Cases.FAILING).recordParts());

    assertThat(alone.theRun().errors().get(0).problem()).isEqualTo(Samples.problem());
    assertThat(alone.theRun().stop().orElseThrow())
        .isEqualTo(new Run.Stop(Run.Stop.Kind.ERROR, Samples.problem()));
    assertThat(alone.theRun().intent()).as("it runs until it is killed").isPresent();
    assertThat(onSeveral.theRun().errors().get(0).problem())
        .isEqualTo(Samples.problem().at("s2r1 at ch2:8123"));
  }

  @Test
  void wordsOfPhasesAreReadBack() {
    assertThat(Arrays.stream(Phase.values()).map(Phase::word).map(Phase::of))
        .isEqualTo(Arrays.stream(Phase.values()).map(Optional::of).toList());
    assertThat(Phase.of("Nonsense")).isEmpty();
    assertThat(Arrays.stream(Phase.values()).filter(Phase::ended))
        .containsExactly(Phase.COMPLETED, Phase.ERRORED, Phase.ROLLED_BACK);
    assertThat(Stage.REDO.word()).isEqualTo("Redo");
    assertThat(State.ROLLED_BACK.word()).isEqualTo("RolledBack");
    assertThat(Workers.State.RECORDED.word()).isEqualTo("Recorded");
  }

  private static Scenario starting(Problem notReady, Duration later) {
    return Scenario.in(Phase.STARTING)
        .workers(new WorkersView(Optional.empty(), true, Optional.of(notReady), true, List.of()))
        .later(later);
  }

  private static Reason held(Scenario scenario) {
    return ((Decision.Hold) scenario.choose().decision()).why().reason();
  }

  private static String message(Scenario scenario) {
    return ((Decision.Hold) scenario.choose().decision()).why().message();
  }

  private static Problem whyHeld(Scenario scenario) {
    return ((Decision.Hold) scenario.choose().decision()).why();
  }

  private static Recorded written(Scenario scenario) {
    return ((Decision.Write) scenario.choose().decision()).next();
  }
}
