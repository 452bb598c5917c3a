package com.posthog.asyncmigrations.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedPostgres.class)
class SchemaIT {
  private static final String VERSION = "SELECT version FROM async_migrations.schema_version";

  @Test
  void manyOperatorsMayCreateItAtOnce(SharedPostgres.Fresh fresh) {
    PostgresDatabase database = fresh.open();
    CompletableFuture.allOf(
            Stream.generate(() -> CompletableFuture.runAsync(() -> new Schema(database).upgrade()))
                .limit(6)
                .toArray(CompletableFuture[]::new))
        .join();
    assertThat(fresh.value(VERSION)).isEqualTo(Integer.toString(Schema.VERSIONS));
    assertThat(fresh.value("SELECT count(*) FROM async_migrations.schema_version")).isEqualTo("1");
    assertThat(database.node().identity()).hasSize(36);
  }

  @Test
  void upgradesInPlaceAndRunsEachScriptOnce(SharedPostgres.Fresh fresh) {
    PostgresDatabase database = fresh.open();
    first(database).upgrade();
    String identity = database.node().identity();
    List<String> two = List.of(Schema.script(1), "CREATE TABLE async_migrations.added (x int)");
    new Schema(database, two).upgrade();
    new Schema(database, two).upgrade();
    assertThat(fresh.value(VERSION)).isEqualTo("2");
    assertThat(fresh.value("SELECT count(*) FROM async_migrations.added")).isEqualTo("0");
    assertThat(database.node().identity()).isEqualTo(identity);
  }

  @Test
  void aScriptThatFailsLeavesTheVersionBefore(SharedPostgres.Fresh fresh) {
    PostgresDatabase database = fresh.open();
    first(database).upgrade();
    List<String> two =
        List.of(Schema.script(1), "CREATE TABLE async_migrations.added (x int); SELECT 1/0");
    assertThatThrownBy(() -> new Schema(database, two).upgrade())
        .isInstanceOf(ProblemException.class);
    assertThat(fresh.value(VERSION)).isEqualTo("1");
    assertThat(fresh.value("SELECT to_regclass('async_migrations.added') IS NULL")).isEqualTo("t");
  }

  @Test
  void refusesOneThatIsNewer(SharedPostgres.Fresh fresh) {
    PostgresDatabase database = fresh.open();
    new Schema(database).upgrade();
    fresh.asSuperuser("UPDATE async_migrations.schema_version SET version = 1007");
    ProblemException refused =
        catchThrowableOfType(ProblemException.class, () -> new Schema(database).upgrade());
    assertThat(refused.problem().reason()).isEqualTo(Reason.ServerUnsupported);
    assertThat(refused.problem().message()).contains("1007");
    assertThat(fresh.value(VERSION)).isEqualTo("1007");
  }

  @Test
  void saysSoWhenTheRoleMayNotCreateIt(SharedPostgres.Fresh fresh) {
    fresh.asSuperuser("ALTER DATABASE " + fresh.name() + " OWNER TO postgres");
    ProblemException refused =
        catchThrowableOfType(ProblemException.class, () -> new Schema(fresh.open()).upgrade());
    assertThat(refused.problem().reason()).isEqualTo(Reason.DatabaseRefused);
  }

  private static Schema first(PostgresDatabase database) {
    return new Schema(database, List.of(Schema.script(1)));
  }
}
