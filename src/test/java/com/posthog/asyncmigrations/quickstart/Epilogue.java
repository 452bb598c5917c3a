package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What is said when the migration has ended. */
final class Epilogue {
  private static final String BACKUP = "events_backup_0002_events_sample_by";

  private final Screen screen;

  Epilogue(Screen screen) {
    this.screen = screen;
  }

  /** What operations have said at their ends. */
  void reports(AsyncMigrationStatus end) {
    Optional.ofNullable(end.operations()).orElse(List.of()).stream()
        .filter(operation -> operation.output() != null)
        .forEach(
            operation ->
                screen.say("              %s: %s".formatted(operation.name(), operation.output())));
  }

  /** What has become of the table. */
  void describe(Comparison comparison, Events events) {
    screen.say("");
    describe("before", comparison.before());
    describe("after", comparison.after());
    if (events.has(BACKUP)) {
      screen.say("  The old table is kept as " + BACKUP + ".");
    }
  }

  private void describe(String when, Events.Facts facts) {
    screen.say("  %-6s  %s rows".formatted(when, ProgressLine.number(facts.rows())));
    screen.say("          ORDER BY (" + facts.sortingKey() + ")");
    screen.say("          SAMPLE BY " + facts.samplingKey());
  }

  /** How long it was. */
  void took(Duration migration, Duration everything) {
    screen.say("");
    screen.say(
        "  The migration took %s, everything together %s."
            .formatted(Screen.seconds(migration).strip(), Screen.seconds(everything).strip()));
  }

  /** Why it was not completed. */
  void failed(AsyncMigrationStatus end, Path operatorLog) {
    screen.say("");
    screen.say("  The migration has failed:");
    Optional.ofNullable(end.errors())
        .orElse(List.of())
        .forEach(
            error ->
                screen.say(
                    "  - %s, %s: %s"
                        .formatted(error.operation(), error.reason(), error.message())));
    screen.say("  The operator's log is " + operatorLog + ".");
  }

  /** Where to go from here. */
  void lookAround(
      KubernetesApi api,
      String migration,
      TestDatabase clickHouse,
      PostgresProcess postgres,
      Path operatorLog) {
    screen.say("");
    screen.say("  Look around, in another terminal:");
    api.kubectl().ifPresent(kubectl -> kubernetes(kubectl, api.kubeconfig(), migration));
    screen.say(
        "    curl 'http://%s:%s@127.0.0.1:%d/?database=posthog' -d 'SHOW TABLES'"
            .formatted(Servers.POSTHOG, Servers.PASSWORD, clickHouse.server().httpPort()));
    screen.say(
        "    psql postgresql://%s:%s@127.0.0.1:%d/posthog"
            .formatted(Servers.POSTHOG, Servers.PASSWORD, postgres.port()));
    screen.say("    less " + operatorLog.toAbsolutePath());
    screen.say("  What was applied is in " + Manifests.DIRECTORY + "/.");
    screen.say("");
    screen.say("  Ctrl-C ends everything, and removes it.");
  }

  private void kubernetes(String kubectl, Path kubeconfig, String migration) {
    screen.say("    export KUBECONFIG=" + kubeconfig);
    screen.say("    " + kubectl + " get asyncmig -n posthog");
    screen.say("    " + kubectl + " describe asyncmig -n posthog " + migration);
    screen.say("    " + kubectl + " patch asyncmig -n posthog " + migration + " --type=merge \\");
    screen.say("      -p '{\"spec\":{\"desiredState\":\"RolledBack\"}}'   # takes all of it back");
  }
}
