package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.Engine;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.quickstart.Screen.Done;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The quickstart itself: step by step from nothing to a migration that is complete. */
public final class Demonstration {
  private static final Logger LOG = LoggerFactory.getLogger(Demonstration.class);
  private static final String LEASE = "async-migrations";
  private static final Duration TO_LEAD = Duration.ofSeconds(60);
  private static final int LOOKS_EVERY_MILLISECONDS = 200;

  private final Options options;
  private final Screen screen;
  private final ProgressLine progress;
  private final Servers servers;
  private final Clock clock = Clock.systemUTC();
  private final CountDownLatch never = new CountDownLatch(1);
  private final long began = System.nanoTime();

  private Demonstration(Options options, Screen screen, Servers servers) {
    this.options = options;
    this.screen = screen;
    this.progress = new ProgressLine(screen.glyphs());
    this.servers = servers;
  }

  /** Started by {@link Quickstart}, with a temporary directory of its own. */
  public static void main(String[] arguments) {
    LogManager.getLogManager().reset(); // which would write on the screen
    Options options = Options.of(System.getProperties());
    Screen screen = Screen.ofProcess(System.getenv());
    Servers servers = new Servers(Path.of(System.getProperty("java.io.tmpdir")), options.logs());
    Thread atExit =
        new Thread(
            () -> {
              screen.silence();
              servers.close();
            },
            "end");
    Runtime.getRuntime().addShutdownHook(atExit);
    System.exit(new Demonstration(options, screen, servers).exitCode());
  }

  private int exitCode() {
    try {
      screen.say("");
      boolean completed = run();
      return completed ? 0 : 1;
    } catch (Exception failed) {
      LOG.error("The quickstart failed", failed);
      screen.say("");
      screen.say("  " + firstLine(failed));
      screen.say("  More is in " + options.logs() + ".");
      return 1;
    } finally {
      screen.say("");
    }
  }

  private static String firstLine(Throwable failed) {
    return Optional.ofNullable(failed.getMessage())
        .flatMap(message -> message.lines().findFirst())
        .orElse(failed.toString());
  }

  private boolean run() throws Exception {
    Engine engine = Engine.ofUser();
    screen.step("looking at this machine", () -> new Done<>("", Requirements.check(engine)));
    Path library = screen.step("installing the ClickHouse engine", () -> library(engine));
    TestDatabase clickHouse = screen.step("starting ClickHouse", () -> clickHouse(library));
    PostgresProcess postgres = screen.step("starting PostgreSQL", this::postgres);
    KubernetesApi api = screen.step("starting a Kubernetes API", this::kubernetes);
    screen.step("creating the installation", () -> installation(api));
    OperatorProcess operator = screen.step("starting the operator", () -> operator(api));
    Events events = new Events(clickHouse);
    Events.Facts before = screen.step("filling events", () -> fill(events));
    Clients clients = screen.step("letting clients insert", () -> clients(events));
    long applied = System.nanoTime();
    MigrationRun migration =
        screen.step("applying the migration", () -> apply(api, clickHouse, postgres));
    AsyncMigrationStatus end =
        screen.step("following the migration", () -> follow(migration, operator));
    Duration took = since(applied);
    Epilogue epilogue = new Epilogue(screen);
    if (!MigrationRun.isCompleted(end)) {
      epilogue.failed(end, servers.operatorLog());
      return false;
    }
    epilogue.reports(end);
    Comparison comparison = screen.step("comparing", () -> compare(before, clients, events));
    epilogue.describe(comparison, events);
    epilogue.took(took, since(began));
    if (!options.exit()) {
      epilogue.lookAround(api, migration.name(), clickHouse, postgres, servers.operatorLog());
      never.await();
    }
    return true;
  }

  private Done<Path> library(Engine engine) throws Exception {
    Path library =
        engine.install(
            part -> {
              String line = progress.download(part);
              long tenth = 10 * part.bytes() / part.total();
              screen.show(line, part.name() + ": " + 10 * tenth + "%");
            });
    return new Done<>(
        library, "ClickHouse engine " + Engine.VERSION + ", in " + Engine.userCache());
  }

  private Done<TestDatabase> clickHouse(Path library) {
    TestDatabase database = servers.clickHouse(library);
    return new Done<>(
        database,
        "ClickHouse %s on port %d"
            .formatted(database.run("SELECT version()"), database.server().httpPort()));
  }

  private Done<PostgresProcess> postgres() {
    PostgresProcess server = servers.postgres();
    return new Done<>(server, "PostgreSQL on port " + server.port());
  }

  private Done<KubernetesApi> kubernetes() throws Exception {
    KubernetesApi api =
        servers.kubernetes(
            () -> screen.show("downloading a kube-apiserver", "downloading a kube-apiserver"));
    return new Done<>(api, api.description());
  }

  private Done<String> installation(KubernetesApi api) throws Exception {
    new Manifests(api.client()).apply(Manifests.DIRECTORY.resolve("posthog.yaml"), Map.of());
    servers.kubelet(api);
    return new Done<>("", "namespace posthog: Secrets, and a worker whose pods are played");
  }

  private Done<OperatorProcess> operator(KubernetesApi api) throws Exception {
    OperatorProcess operator = servers.operator(api);
    long deadline = System.nanoTime() + TO_LEAD.toNanos();
    BooleanSupplier leads =
        () ->
            Optional.ofNullable(
                    api.client()
                        .resources(Lease.class)
                        .inNamespace(Servers.POSTHOG)
                        .withName(LEASE)
                        .get())
                .map(lease -> lease.getSpec().getHolderIdentity())
                .filter(holder -> !holder.isEmpty())
                .isPresent();
    while (!leads.getAsBoolean()) {
      requireAlive(operator);
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the operator does not lead: see " + servers.operatorLog());
      }
      pause();
    }
    return new Done<>(operator, "the operator, process " + operator.pid());
  }

  private Done<Events.Facts> fill(Events events) {
    events.fill(
        options.rows(),
        rows -> {
          String line = progress.fill(rows, options.rows());
          screen.show(line, "");
        });
    Events.Facts facts = events.facts("events", options.rows());
    return new Done<>(
        facts, ProgressLine.number(facts.rows()) + " events in the old shape of the table");
  }

  private Done<Clients> clients(Events events) {
    return new Done<>(
        servers.endsWithUs(new Clients(events, options.rows())),
        Clients.COUNT + " clients insert events, and go on to the end");
  }

  private Done<Comparison> compare(Events.Facts before, Clients clients, Events events)
      throws InterruptedException {
    Clients.Sent sent = clients.stop();
    Comparison comparison = new Comparison(before, sent, events.facts("events", options.rows()));
    return new Done<>(comparison, comparison.sentence());
  }

  private Done<MigrationRun> apply(
      KubernetesApi api, TestDatabase clickHouse, PostgresProcess postgres) throws Exception {
    Manifests manifests = new Manifests(api.client());
    manifests.apply(
        Manifests.DIRECTORY.resolve("instance.yaml"),
        Map.of(
            "CLICKHOUSE_PORT", clickHouse.server().httpPort(), "POSTGRES_PORT", postgres.port()));
    String name =
        manifests.apply(options.migration(), Map.of()).stream()
            .filter(resource -> resource.getKind().equals("AsyncMigration"))
            .map(resource -> resource.getMetadata().getName())
            .findFirst()
            .orElseThrow(
                () -> new IllegalStateException("no AsyncMigration in " + options.migration()));
    return new Done<>(
        new MigrationRun(api.client(), name),
        "PostHogInstance and AsyncMigration " + name + " applied");
  }

  private Done<AsyncMigrationStatus> follow(MigrationRun migration, OperatorProcess operator)
      throws InterruptedException {
    while (true) {
      requireAlive(operator);
      Optional<AsyncMigrationStatus> status = migration.status();
      Instant now = clock.instant();
      screen.show(
          progress.live(status, now), progress.figures(status, now), progress.plain(status));
      if (status.filter(MigrationRun::hasEnded).isPresent()) {
        return new Done<>(status.get(), progress.end(status.get()));
      }
      pause();
    }
  }

  private void requireAlive(OperatorProcess operator) {
    if (!operator.isAlive()) {
      throw new IllegalStateException("the operator has ended: see " + servers.operatorLog());
    }
  }

  private void pause() throws InterruptedException {
    never.await(LOOKS_EVERY_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  private static Duration since(long moment) {
    return Duration.ofNanos(System.nanoTime() - moment);
  }
}
