package com.posthog.asyncmigrations.journey;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.Kubelet;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One PostHog installation in a namespace of its own: credentials, databases, a worker of two
 * replicas.
 */
final class Installation implements AutoCloseable {
  static final int REPLICAS = 2;

  private final ApiServerProcess server;
  private final KubernetesClient client;
  private final Path kubeconfig;
  private final TestDatabase clickHouse;
  private final SharedPostgres.Fresh postgres;
  private final String namespace;
  private final Workloads workloads;
  private Kubelet kubelet;

  Installation(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    this(server, clickHouse, postgres, WatchedNamespace.fresh().name());
  }

  /** In this namespace, which is not there yet. */
  Installation(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      String namespace) {
    this.namespace = namespace;
    this.server = server;
    client = server.client();
    kubeconfig = Path.of("target", namespace + ".kubeconfig");
    server.writeKubeconfig(kubeconfig);
    this.clickHouse =
        new TestDatabase(clickHouse.server(), clickHouse.user(), namespace.replace('-', '_'));
    clickHouse.run("CREATE DATABASE " + this.clickHouse.name());
    this.postgres = postgres.another();
    this.postgres.open();
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    kubelet = new Kubelet(client, namespace);
    workloads = new Workloads(client, namespace);
    apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: default
        """);
    worker();
    secrets(clickHouse.user().password(), SharedPostgres.PASSWORD);
    instance(clickHouse.server().httpPort());
  }

  /** An operator for this namespace alone. */
  OperatorProcess startOperator() {
    return startOperator(namespace);
  }

  /** The same with its lease in a namespace that is there for certain. */
  OperatorProcess startOperatorElsewhere() {
    return startOperator("default");
  }

  /** The same, which agrees with those whose lease is in that namespace. */
  OperatorProcess startOperator(String leaseNamespace) {
    return OperatorProcess.start(kubeconfig, namespace, leaseNamespace);
  }

  /** An operator that reaches the API server by this port of this machine. */
  OperatorProcess startOperatorBehind(int apiServerPort) {
    Path file = Path.of("target", namespace + "-" + apiServerPort + ".kubeconfig");
    server.writeKubeconfig(file, apiServerPort);
    return OperatorProcess.start(file, namespace, namespace);
  }

  /** An operator with these variables in its environment. */
  OperatorProcess startOperator(Map<String, String> environment) {
    Path log = Path.of("target", "operator-" + namespace + "-" + UUID.randomUUID() + ".log");
    return OperatorProcess.start(kubeconfig, namespace, namespace, log, environment);
  }

  /** An operator with the settings that it has in its container. */
  OperatorProcess startOperatorAsDeployed(Map<String, String> environment) {
    Path log = Path.of("target", "operator-" + namespace + "-" + UUID.randomUUID() + ".log");
    return OperatorProcess.startAsDeployed(kubeconfig, namespace, log, environment);
  }

  /** What kubectl answers in this namespace. */
  String kubectl(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--namespace";
    all[arguments.length + 1] = namespace;
    return server.kubectl().run(all).orThrow();
  }

  /** From now on no pod becomes ready. */
  void kubeletPauses() {
    kubelet.close();
  }

  void kubeletGoesOn() {
    kubelet = new Kubelet(client, namespace);
  }

  String namespace() {
    return namespace;
  }

  TestDatabase clickHouse() {
    return clickHouse;
  }

  SharedPostgres.Fresh postgres() {
    return postgres;
  }

  void worker() {
    apply(Workloads.deployment("posthog-worker", REPLICAS));
  }

  void secrets(String clickHousePassword, String postgresPassword) {
    apply(Connections.secrets(clickHouse.user().user(), clickHousePassword, postgresPassword));
  }

  /** The instance, whose ClickHouse is reached by this port: the server's own, or a proxy's. */
  void instance(int clickHousePort) {
    instance(clickHousePort, clickHouse.name(), postgres.name());
  }

  void instance(int clickHousePort, String clickHouseDatabase, String postgresDatabase) {
    instance(clickHousePort, clickHouseDatabase, postgres.server().port(), postgresDatabase);
  }

  /** The instance, whose databases are reached by these ports: the servers' own, or proxies'. */
  void instance(int clickHousePort, int postgresPort) {
    instance(clickHousePort, clickHouse.name(), postgresPort, postgres.name());
  }

  private void instance(
      int clickHousePort, String clickHouseDatabase, int postgresPort, String postgresDatabase) {
    apply(Connections.instance(clickHousePort, clickHouseDatabase, postgresPort, postgresDatabase));
  }

  /** How many times a statement of this run was started on ClickHouse, by a part of its text. */
  long started(String name, String text) {
    clickHouse.run("SYSTEM FLUSH LOGS");
    return Long.parseLong(
        clickHouse.run(
            """
            SELECT count() FROM system.query_log
            WHERE type = 'QueryStart' AND startsWith(query_id, '%s-') AND position(query, '%s') > 0
            """
                .formatted(queryPrefix(name), text)));
  }

  /** What all query ids of a migration begin with. */
  String queryPrefix(String name) {
    return migration(name).getSpec().migration() + "-" + status(name).orElseThrow().runId();
  }

  /** Whether a statement of this text runs on PostgreSQL now. */
  boolean runsOnPostgres(String text) {
    return !postgres
        .value(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE state = 'active' AND query LIKE '%%%s%%' AND datname = current_database()
              AND pid <> pg_backend_pid()
            """
                .formatted(text))
        .equals("0");
  }

  /** Whether a statement of this text runs on ClickHouse now. */
  boolean runs(String text) {
    return !clickHouse
        .run(
            """
            SELECT count() FROM system.processes
            WHERE position(query, '%s') > 0 AND current_database = '%s'
              AND query NOT LIKE '%%system.processes%%'
            """
                .formatted(text, clickHouse.name()))
        .equals("0");
  }

  /** Applies a migration of these operations, wanted to be completed. */
  void migrate(String name, String operations) {
    migrate(name, "[]", operations);
  }

  /** The same with parameters, a list in one line of YAML. */
  void migrate(String name, String parameters, String operations) {
    define(name, "desiredState: Completed\nparameters: " + parameters, operations);
  }

  /** Applies a migration of these operations, with other fields of its spec, as YAML. */
  void define(String name, String fields, String operations) {
    apply(
        """
        apiVersion: migrations.posthog.com/v1alpha1
        kind: AsyncMigration
        metadata:
          name: %s
        spec:
          instanceRef: {name: posthog}
          migration: 0100_%s
        """
                .formatted(name, name)
            + fields.indent(2)
            + "  operations:\n"
            + operations.indent(4));
  }

  /** Applies a migration of these operations and other fields of the spec, indented by two. */
  void migrateWith(String name, String fields, String operations) {
    apply(
        """
        apiVersion: migrations.posthog.com/v1alpha1
        kind: AsyncMigration
        metadata:
          name: %s
        spec:
          instanceRef: {name: posthog}
          migration: 0100_%s
        """
                .formatted(name, name)
            + fields
            + "  operations:\n"
            + operations.indent(4));
  }

  /** Applies a manifest as a person would, in the namespace of the installation. */
  void apply(String yaml) {
    client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(this::apply);
  }

  private void apply(HasMetadata resource) {
    client
        .resource(resource)
        .inNamespace(namespace)
        .fieldManager("person")
        .forceConflicts()
        .serverSideApply();
  }

  void delete(String apiVersion, String kind, String name) {
    client
        .genericKubernetesResources(apiVersion, kind)
        .inNamespace(namespace)
        .withName(name)
        .delete();
  }

  /** Asks for a deletion, and does not wait for it. */
  void deleteMigration(String name) {
    client.resources(AsyncMigration.class).inNamespace(namespace).withName(name).delete();
  }

  /**
   * Deletes the namespace. Nothing here removes what is in it, as a cluster's controller would, so
   * that is done too, in the worst order.
   */
  void deleteEverything() {
    client.namespaces().withName(namespace).delete();
    client.secrets().inNamespace(namespace).delete();
    client.resources(PostHogInstance.class).inNamespace(namespace).delete();
    client.apps().deployments().inNamespace(namespace).delete();
    client.resources(AsyncMigration.class).inNamespace(namespace).delete();
  }

  PostHogInstance instance() {
    return client.resources(PostHogInstance.class).inNamespace(namespace).withName("posthog").get();
  }

  AsyncMigration migration(String name) {
    return client.resources(AsyncMigration.class).inNamespace(namespace).withName(name).get();
  }

  Optional<AsyncMigrationStatus> status(String name) {
    return Optional.ofNullable(migration(name)).map(AsyncMigration::getStatus);
  }

  String phase(String name) {
    return status(name).map(AsyncMigrationStatus::phase).orElse("");
  }

  /** The condition of this type, or an unknown one while there is none. */
  ConditionStatus condition(String name, String type) {
    return status(name)
        .map(AsyncMigrationStatus::conditions)
        .flatMap(all -> all.stream().filter(c -> c.type().equals(type)).findFirst())
        .orElse(new ConditionStatus(type, ConditionStatus.Value.Unknown, "None", "", null, null));
  }

  void wish(String name, String desiredState) {
    edit(name, "{\"desiredState\":\"%s\"}".formatted(desiredState));
  }

  /** Raises the nonce, to run again. */
  void retry(String name, int nonce) {
    edit(name, "{\"retryNonce\":%d}".formatted(nonce));
  }

  /** Merges JSON into the spec of a migration. */
  void edit(String name, String spec) {
    merge(client.resources(AsyncMigration.class), name, spec);
  }

  /** Merges JSON into the instance's settings. */
  void settings(String settings) {
    merge(
        client.resources(PostHogInstance.class),
        "posthog",
        "{\"settings\":%s}".formatted(settings));
  }

  private <R extends HasMetadata> void merge(
      MixedOperation<R, ?, ? extends Resource<R>> resources, String name, String spec) {
    resources
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":%s}".formatted(spec));
  }

  /** Which operator acts; empty for none. */
  String leader() {
    return client
        .leases()
        .inNamespace(namespace)
        .withName("async-migrations")
        .get()
        .getSpec()
        .getHolderIdentity();
  }

  int replicas() {
    return workloads.replicas("posthog-worker");
  }

  /** Deployments and Jobs. */
  Workloads workloads() {
    return workloads;
  }

  List<String> eventReasons(String name) {
    return events().stream()
        .filter(e -> e.getInvolvedObject().getName().equals(name))
        .map(Event::getReason)
        .toList();
  }

  List<Event> events() {
    return client.v1().events().inNamespace(namespace).list().getItems();
  }

  @Override
  public void close() {
    ForcedRemoval.ofMigrations(client, namespace);
    client.resources(PostHogInstance.class).inNamespace(namespace).delete();
    kubelet.close();
    postgres.close();
    clickHouse.run("DROP DATABASE " + clickHouse.name());
    client.namespaces().withName(namespace).delete();
    client.close();
  }
}
