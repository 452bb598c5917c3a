package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.embedded.ApiServerUnavailableException;
import com.posthog.asyncmigrations.embedded.ClickHouseProcess;
import com.posthog.asyncmigrations.embedded.CustomResources;
import com.posthog.asyncmigrations.embedded.Kubelet;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.Reaper;
import com.posthog.asyncmigrations.embedded.ServerOptions;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes that the quickstart starts, and their end: orderly where there is time, by the
 * {@link Reaper} in any case.
 */
final class Servers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Servers.class);

  /** The name of the installation: of its namespace, its databases and its user. */
  static final String POSTHOG = "posthog";

  static final String PASSWORD = "quickstart";
  private static final Path DEFINITIONS = Path.of("crds");

  private final Path logs;
  private final Reaper reaper = new Reaper();
  private final Deque<AutoCloseable> ends = new ArrayDeque<>();
  private boolean closed;

  /**
   * None yet.
   *
   * @param work where all of them keep their files
   * @param logs where their logs stay
   */
  Servers(Path work, Path logs) {
    this.logs = logs;
    reaper.removes(work);
    reaper.removes(kubeconfig());
    ends.push(new Descendants(reaper));
  }

  /** An empty database. */
  TestDatabase clickHouse(Path engine) {
    Credentials user = new Credentials(POSTHOG, PASSWORD);
    ClickHouseProcess server = ClickHouseProcess.start(engine, ServerOptions.single(user), reaper);
    new TestDatabase(server, user, "default").run("CREATE DATABASE " + POSTHOG);
    return new TestDatabase(server, user, POSTHOG);
  }

  /** A database with as much of PostHog as the migration touches. */
  PostgresProcess postgres() {
    PostgresProcess server = endsWithUs(PostgresProcess.start(PASSWORD, reaper));
    server.createDatabase(POSTHOG);
    server.asSuperuser(
        POSTHOG,
        "SET ROLE " + POSTHOG,
        "CREATE TABLE posthog_instancesetting"
            + " (id serial PRIMARY KEY, key varchar(128) NOT NULL UNIQUE, raw_value varchar(1024) NOT NULL)",
        "INSERT INTO posthog_instancesetting (key, raw_value)"
            + " VALUES ('constance:posthog:COMPUTE_MATERIALIZED_COLUMNS_ENABLED', 'true')");
    return server;
  }

  /**
   * A Kubernetes API that knows our resources: a real one where one can be had.
   *
   * @param download told when its programs have to be downloaded first
   */
  KubernetesApi kubernetes(Runnable download) throws IOException {
    CustomResources resources = CustomResources.in(DEFINITIONS);
    try {
      KubernetesApi api = RealApi.start(kubeconfig(), download);
      api.pids().forEach(reaper::kills);
      resources.install(api.client());
      return api;
    } catch (ApiServerUnavailableException missing) {
      LOG.info("No kube-apiserver: {}", missing.getMessage());
      return StandIn.start(resources, kubeconfig());
    }
  }

  /** Makes pods ready. */
  void kubelet(KubernetesApi api) {
    endsWithUs(new Kubelet(api.client(), POSTHOG));
  }

  /** The operator, as it is deployed. */
  OperatorProcess operator(KubernetesApi api) {
    OperatorProcess operator =
        endsWithUs(
            OperatorProcess.start(api.kubeconfig(), POSTHOG, POSTHOG, operatorLog(), "info"));
    reaper.kills(operator.pid());
    return operator;
  }

  /** Where the operator writes. */
  Path operatorLog() {
    return logs.resolve("operator.log");
  }

  private Path kubeconfig() {
    return logs.resolve("kubeconfig").toAbsolutePath();
  }

  /** Ends with the others, before those that were there before it. */
  synchronized <T extends AutoCloseable> T endsWithUs(T server) {
    ends.push(server);
    return server;
  }

  /** Ends all of them; returns when nothing is left. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (AutoCloseable end : ends) {
      try {
        end.close();
      } catch (Exception left) {
        // the reaper's
      }
    }
    reaper.close();
  }
}
