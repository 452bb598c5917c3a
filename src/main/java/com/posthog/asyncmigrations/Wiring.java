package com.posthog.asyncmigrations;

import com.posthog.asyncmigrations.check.Inspections;
import com.posthog.asyncmigrations.kubernetes.Leadership;
import com.posthog.asyncmigrations.kubernetes.PassTimes;
import com.posthog.asyncmigrations.kubernetes.instance.InstanceReconciler;
import com.posthog.asyncmigrations.kubernetes.instance.Sessions;
import com.posthog.asyncmigrations.kubernetes.migration.DryRuns;
import com.posthog.asyncmigrations.kubernetes.migration.MigrationPasses;
import com.posthog.asyncmigrations.kubernetes.migration.MigrationReconciler;
import com.posthog.asyncmigrations.kubernetes.watch.InstanceWatches;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.telemetry.Telemetry;
import com.posthog.asyncmigrations.web.Answer;
import com.posthog.asyncmigrations.web.HttpServer;
import com.posthog.asyncmigrations.web.Probes;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The composition root: the operator's parts, put together by plain constructors. */
public final class Wiring implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);
  private static final String LEASE = "async-migrations";

  /**
   * How many steps are watched at once, over all instances; each has a thread that waits for its
   * answer.
   */
  private static final int MOST_STEPS = 64;

  /** A server that is away keeps one for ten seconds or so at each look. */
  private static final int THREADS = 32;

  private final Operator operator;
  private final InstanceWatches watches;
  private final Sessions sessions;
  private final Flights flights;
  private final Inspections inspections;
  private final DryRuns dryRuns;
  private final AtomicBoolean closing;
  private final Telemetry telemetry;
  private final Optional<HttpServer> http;
  private final Leadership leadership;
  private final KubernetesClient client;

  private Wiring(
      Operator operator,
      InstanceWatches watches,
      Sessions sessions,
      Flights flights,
      Inspections inspections,
      DryRuns dryRuns,
      AtomicBoolean closing,
      Telemetry telemetry,
      Optional<HttpServer> http,
      Leadership leadership,
      KubernetesClient client) {
    this.operator = operator;
    this.watches = watches;
    this.sessions = sessions;
    this.flights = flights;
    this.inspections = inspections;
    this.dryRuns = dryRuns;
    this.closing = closing;
    this.telemetry = telemetry;
    this.http = http;
    this.leadership = leadership;
    this.client = client;
  }

  /**
   * The operator with the rights of this client.
   *
   * @param podName its name, to which something is added that no other process has: a container
   *     that is restarted in the same pod must not take its predecessor's lease for its own
   * @param podNamespace where the lease is by which operators agree who acts
   * @param namespaces that are watched; empty: all
   * @param httpPort for metrics and probes; 0: none
   */
  public static Wiring operator(
      KubernetesClient client,
      String podName,
      String podNamespace,
      Set<String> namespaces,
      int httpPort) {
    String process = podName + "_" + UUID.randomUUID().toString().substring(0, 8);
    Clock clock = Clock.systemUTC();
    AtomicBoolean closing = new AtomicBoolean();
    AtomicBoolean leading = new AtomicBoolean();
    Telemetry telemetry = new Telemetry();
    Flights flights = new Flights(MOST_STEPS, clock);
    Inspections inspections = new Inspections(clock);
    DryRuns dryRuns = new DryRuns(clock);
    InstanceWatches watches = new InstanceWatches(client);
    Sessions sessions = new Sessions(watches.secrets(), process, clock);
    Operator operator =
        new Operator(
            configuration ->
                configuration
                    .withKubernetesClient(client)
                    .withCloseClientOnStop(false) // the lease is given up afterwards
                    .withMetrics(new PassTimes(telemetry))
                    .withConcurrentReconciliationThreads(THREADS)
                    .withReconciliationTerminationTimeout(Duration.ofSeconds(20))
                    .withInformerStoppedHandler(
                        (informer, fault) -> end(closing, "a watch has ended"))
                    .withLeaderElectionConfiguration(
                        LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
                            .withLeaseNamespace(podNamespace)
                            .withIdentity(process)
                            .withExitOnStopLeading(false)
                            .withLeaderCallbacks(
                                new LeaderCallbacks(
                                    () -> {
                                      leading.set(true);
                                      LOG.info("{} leads", process);
                                    },
                                    () -> end(closing, "another operator leads"),
                                    leader -> LOG.info("The leader is {}", leader)))
                            .build()));
    MigrationPasses passes =
        new MigrationPasses(
            client,
            watches,
            sessions,
            flights,
            inspections,
            dryRuns,
            () -> UUID.randomUUID().toString().substring(0, 8),
            clock,
            telemetry);
    MigrationReconciler migrations = new MigrationReconciler(passes, telemetry);
    operator.register(migrations, watching(namespaces));
    operator.register(
        new InstanceReconciler(sessions, watches, clock, telemetry), watching(namespaces));
    telemetry.gauge("leader", "1 while this process acts", () -> leading.get() ? 1 : 0);
    telemetry.gauge("leases_held", "Runs that this process may act for", sessions::leasesHeld);
    Probes probes =
        new Probes(leading::get, () -> operator.getRuntimeInfo().isStarted() && synced(operator));
    Optional<HttpServer> http =
        http(
            httpPort,
            () ->
                Answer.metrics(telemetry.scrape(leading.get() ? migrations.samples() : List.of())),
            probes);
    return new Wiring(
        operator,
        watches,
        sessions,
        flights,
        inspections,
        dryRuns,
        closing,
        telemetry,
        http,
        new Leadership(client, podNamespace, LEASE, process),
        client);
  }

  private static Optional<HttpServer> http(int port, Supplier<Answer> metrics, Probes probes) {
    return port == 0
        ? Optional.empty()
        : Optional.of(
            new HttpServer(
                port,
                Map.of("/metrics", metrics, "/healthz", probes::alive, "/readyz", probes::ready)));
  }

  private static <R extends io.fabric8.kubernetes.api.model.HasMetadata>
      Consumer<ControllerConfigurationOverrider<R>> watching(Set<String> namespaces) {
    return configuration -> {
      configuration.withRetry(
          new GenericRetry()
              .setInitialInterval(1_000)
              .setIntervalMultiplier(2)
              .setMaxInterval(60_000)
              .withoutMaxAttempts());
      configuration.withReconciliationMaxInterval(Duration.ofMinutes(10));
      if (!namespaces.isEmpty()) {
        configuration.settingNamespaces(namespaces);
      }
    };
  }

  private static boolean synced(Operator operator) {
    return operator.getRuntimeInfo().allEventSourcesAreHealthy();
  }

  /** Starts; returns when the resources are known. */
  public void start() {
    http.ifPresent(HttpServer::start); // before, so that probes are answered from the beginning
    operator.start();
  }

  /**
   * Takes no new effects, waits for the passes under way, and leaves what runs on the servers
   * running.
   */
  @Override
  public void close() {
    closing.set(true);
    operator.stop();
    watches.close();
    inspections.close();
    dryRuns.close();
    sessions.close();
    flights.close();
    leadership.giveUp();
    client.close();
    http.ifPresent(HttpServer::close);
    telemetry.close();
  }

  /** Who cannot go on ends at once: whoever comes next finds everything again. */
  private static void end(AtomicBoolean closing, String why) {
    if (!closing.get()) {
      LOG.error("Ending: {}", why);
      Runtime.getRuntime().halt(1);
    }
  }
}
