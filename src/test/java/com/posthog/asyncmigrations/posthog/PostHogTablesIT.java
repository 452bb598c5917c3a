package com.posthog.asyncmigrations.posthog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.mirror.PostHogRow;
import com.posthog.asyncmigrations.core.mirror.PostHogStatus;
import com.posthog.asyncmigrations.core.mirror.Reflection;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Schema;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedPostgres.class)
class PostHogTablesIT {
  private static final String NAME = "0007_persons";
  private static final MigrationKey KEY = new MigrationKey("prod", "persons", NAME);
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final Definition DEFINITION =
      new Definition(Optional.of("what it does"), Optional.of("1.30.0"), Optional.empty());

  private SharedPostgres.Fresh fresh;
  private PostgresDatabase database;
  private PostHogTables tables;

  @BeforeEach
  void create(SharedPostgres.Fresh given) {
    fresh = given;
    database = fresh.open();
    new Schema(database).upgrade();
    tables = process();
    fresh.asSuperuser(
        "INSERT INTO async_migrations.migration (namespace, name, migration, revision, state)"
            + " VALUES ('prod', 'persons', '%s', 10, '{}')".formatted(NAME));
  }

  @Test
  void aRowThatPostHogDoesNotHaveIsMadeAsPostHogWould() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);

    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isTrue();

    assertThat(fresh.value("SELECT to_jsonb(m) - 'id' FROM posthog_asyncmigration m"))
        .contains(
            "\"name\": \"0007_persons\"",
            "\"description\": \"what it does\"",
            "\"progress\": 100",
            "\"status\": 2",
            "\"current_operation_index\": 3",
            "\"current_query_id\": \"0007_persons-0a1b2c3d-1\"",
            "\"celery_task_id\": \"\"",
            "\"posthog_min_version\": \"1.30.0\"",
            "\"posthog_max_version\": null",
            "\"parameters\": {}");
    assertThat(postHog.value("finished_at = '2026-03-01 10:00:00Z'", NAME)).isEqualTo("t");
    assertThat(postHog.value("started_at = '2026-03-01 09:00:00Z'", NAME)).isEqualTo("t");
  }

  @Test
  void aRowThatPostHogHasKeepsPostHogsOwnWords() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    postHog.knows(NAME, 0);

    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isTrue();

    assertThat(postHog.status(NAME)).isEqualTo("2");
    assertThat(postHog.value("description", NAME)).isEqualTo("PostHog's own words");
    assertThat(postHog.value("parameters", NAME)).isEqualTo("{\"TEAM_ID\": 7}");
    assertThat(postHog.value("posthog_max_version", NAME)).isEqualTo("1.41.99");
  }

  @Test
  void eachErrorIsToldOnceHoweverOftenItIsWritten() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    error("first");
    reflect(end("one", PostHogStatus.ERRORED));
    process().reflect(KEY, end("one", PostHogStatus.ERRORED), recorded(10), DEFINITION);
    error("second");
    process().reflect(KEY, end("two", PostHogStatus.ROLLED_BACK), recorded(10), DEFINITION);

    assertThat(postHog.status(NAME)).isEqualTo("4");
    assertThat(postHog.errors(NAME))
        .isEqualTo(
            "StatementFailed: operation copy: first\nStatementFailed: operation copy: second");
  }

  @Test
  void anotherRunsErrorsAreNotTold() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    fresh.asSuperuser(
        "INSERT INTO async_migrations.error (namespace, name, run_id, at, operation, reason, message)"
            + " VALUES ('prod', 'persons', 'ffffffff', now(), '', 'StatementFailed', 'long ago')");

    reflect(end("one", PostHogStatus.ERRORED));

    assertThat(postHog.errors(NAME)).isEmpty();
  }

  @Test
  void whatWasWrittenIsNotWrittenAgainAfterARestart() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    reflect(end("one", PostHogStatus.COMPLETED));
    postHog.sets(NAME, 4, "");

    assertThat(
            process().reflect(KEY, end("one", PostHogStatus.COMPLETED), recorded(10), DEFINITION))
        .isTrue();

    assertThat(postHog.status(NAME)).isEqualTo("4");
  }

  @Test
  void whatAgreesCostsNothing() {
    PostHogDatabase.create(fresh);
    reflect(end("one", PostHogStatus.COMPLETED));
    fresh.close();

    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isTrue();
  }

  @Test
  void aRunThatIsNotWrittenOnItsWayCostsOneLook() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    reflect(released(30));
    assertThat(postHog.status(NAME)).isEqualTo("no row");
    fresh.close();

    assertThat(reflect(released(31))).isTrue();
  }

  @Test
  void aStartingOfOursIsTakenBackWhenTheRunStands() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    reflect(underWay(30, "q-1"));
    reflect(released(31));
    assertThat(postHog.status(NAME)).isEqualTo("3");

    reflect(underWay(32, "q-1"));
    assertThat(postHog.status(NAME)).isEqualTo("5");
  }

  @Test
  void whatHasNoPostHogCostsOneLook() {
    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isTrue();
    assertThat(tables.find(NAME, false)).isEmpty();
    PostHogDatabase.create(fresh).knows(NAME, 2);

    assertThat(tables.find(NAME, false)).isEmpty();
    assertThat(tables.find(NAME, true)).contains(new PostHogRow(2, false));
  }

  @Test
  void tablesOfAnotherShapeAreNotPostHogs() {
    PostHogDatabase.create(fresh).knows(NAME, 2);
    fresh.asSuperuser("ALTER TABLE posthog_asyncmigration DROP COLUMN parameters");

    assertThat(tables.find(NAME, true)).isEmpty();
    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isTrue();
  }

  @Test
  void tablesThatAreDroppedMeanwhileAreNoTrouble() {
    PostHogDatabase.create(fresh).knows(NAME, 0);
    assertThat(tables.find(NAME, false)).isPresent();
    fresh.asSuperuser("DROP TABLE posthog_asyncmigrationerror, posthog_asyncmigration");

    assertThat(tables.find(NAME, false)).isEmpty();
    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isTrue();
  }

  @Test
  void ourOwnStartingIsOursUntilPostHogTouchesIt() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    postHog.knows(NAME, 3);
    postHog.sets(NAME, 3, "an old task");
    reflect(underWay(30, "q-1"));

    assertThat(process().find(NAME, false)).contains(new PostHogRow(5, true));
    postHog.sets(NAME, 5, "a new task");
    assertThat(process().find(NAME, false)).contains(new PostHogRow(5, false));
    postHog.sets(NAME, 1, "");
    assertThat(process().find(NAME, false)).contains(new PostHogRow(1, false));
  }

  @Test
  void whatPostHogRunsIsNotTouchedBeforeItHasEnded() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    postHog.knows(NAME, 1);

    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isFalse();
    assertThat(postHog.status(NAME)).isEqualTo("1");

    postHog.sets(NAME, 3, "");
    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isTrue();
    assertThat(postHog.status(NAME)).isEqualTo("2");
  }

  @Test
  void progressAloneWaitsAndAnotherQueryDoesNot() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    reflect(underWay(30, "q-1"));
    reflect(underWay(31, "q-1"));
    assertThat(postHog.value("progress", NAME)).isEqualTo("30");

    reflect(underWay(32, "q-2"));

    assertThat(postHog.value("progress", NAME)).isEqualTo("32");
    assertThat(postHog.value("current_query_id", NAME)).isEqualTo("q-2");
    assertThat(postHog.value("finished_at IS NULL", NAME)).isEqualTo("t");
  }

  @Test
  void anOldRecordIsNotWritten() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);

    assertThat(tables.reflect(KEY, end("one", PostHogStatus.COMPLETED), recorded(9), DEFINITION))
        .isFalse();
    assertThat(postHog.status(NAME)).isEqualTo("no row");
  }

  @Test
  void aRowThatIsLockedIsAProblemAndNotAWait() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    postHog.knows(NAME, 0);
    try (PostHogDatabase.Lock lock = postHog.lock()) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(() -> reflect(end("one", PostHogStatus.COMPLETED)))
          .isInstanceOf(ProblemException.class);
    }
    assertThat(reflect(end("one", PostHogStatus.COMPLETED))).isTrue();
    assertThat(postHog.status(NAME)).isEqualTo("2");
  }

  @Test
  void aRoleThatMayNotIsNamedAndNothingIsHalfWritten() {
    PostHogDatabase postHog = PostHogDatabase.create(fresh);
    fresh.asSuperuser("REVOKE INSERT ON posthog_asyncmigrationerror FROM posthog");
    error("first");

    ProblemException refused =
        catchThrowableOfType(
            ProblemException.class, () -> reflect(end("one", PostHogStatus.ERRORED)));

    assertThat(refused.problem().reason()).isEqualTo(Reason.DatabaseRefused);
    assertThat(postHog.status(NAME)).isEqualTo("no row");
    assertThat(fresh.value("SELECT count(*) FROM async_migrations.posthog_row")).isEqualTo("0");
  }

  private PostHogTables process() {
    return new PostHogTables(database, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private boolean reflect(Reflection wanted) {
    return tables.reflect(KEY, wanted, recorded(10), DEFINITION);
  }

  private void error(String message) {
    fresh.asSuperuser(
        "INSERT INTO async_migrations.error (namespace, name, run_id, at, operation, reason, message)"
            + " VALUES ('prod', 'persons', '0a1b2c3d', now(), 'copy', 'StatementFailed', '%s')"
                .formatted(message));
  }

  private static Recorded recorded(long revision) {
    Plan plan = new Plan(NAME, List.of(), List.of(), "hash");
    return new Recorded(
        revision,
        Phase.ERRORED,
        1,
        0,
        Optional.of(new Problem(Reason.StatementFailed, "as the test wants it")),
        Optional.of(Run.starting("0a1b2c3d", plan, NOW.minusSeconds(3600))));
  }

  private static Reflection end(String occasion, PostHogStatus status) {
    return new Reflection(
        occasion,
        status,
        100,
        3,
        "0007_persons-0a1b2c3d-1",
        Optional.of(NOW.minusSeconds(3600)),
        true,
        Optional.of(NOW),
        Optional.empty(),
        false);
  }

  private static Reflection released(int progress) {
    return new Reflection(
        "released",
        PostHogStatus.ERRORED,
        progress,
        1,
        "0007_persons-0a1b2c3d-1",
        Optional.of(NOW.minusSeconds(3600)),
        false,
        Optional.empty(),
        Optional.empty(),
        true);
  }

  private static Reflection underWay(int progress, String queryId) {
    return new Reflection(
        "running",
        PostHogStatus.STARTING,
        progress,
        1,
        queryId,
        Optional.of(NOW.minusSeconds(3600)),
        false,
        Optional.empty(),
        Optional.empty(),
        false);
  }
}
