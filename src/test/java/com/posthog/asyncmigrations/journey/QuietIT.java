package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.ApiServerUnavailableException;
import com.posthog.asyncmigrations.embedded.CustomResources;
import com.posthog.asyncmigrations.embedded.Level;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the operator asks of the API server, by the server's own audit log. */
@Order(1)
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class QuietIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WAITING = 300;

  /** What is waited for, each a spec; the others wait for a person. */
  private static final List<String> FIELDS =
      List.of(
          "  description: Waits for a person.\n",
          "  desiredState: Completed\n  dependsOn: [0099_never]\n",
          "  desiredState: Completed\n  posthogVersions: {min: 1.99.0}\n",
          "  desiredState: Completed\n  prechecks: [{name: never, query: {database: PostgreSQL, sql: SELECT 0, equals: \"1\"}}]\n",
          "  desiredState: Completed\n  requiredWhen: {database: ClickHouse, sql: SELECT a FROM nowhere}\n");

  private static final List<String> REASONS =
      List.of(
          "WaitingForStart",
          "WaitingForDependency",
          "VersionTooOld",
          "PrecheckFailed",
          "RequirementUnknown");

  private static final String EVERYBODY_MAY = "create selfsubjectrulesreviews.authorization.k8s.io";

  /**
   * By a worker with an autoscaler, by an operator with a rival, by a Job, by a deletion in a
   * namespace that goes, by a run that ends, and by the framework at will.
   */
  private static final Set<String> NOT_USED_HERE =
      Set.of(
          "get asyncmigrations.migrations.posthog.com",
          "get posthoginstances.migrations.posthog.com",
          "get horizontalpodautoscalers.autoscaling",
          "patch horizontalpodautoscalers.autoscaling",
          "update leases.coordination.k8s.io",
          "get namespaces",
          "get jobs.batch",
          "list jobs.batch",
          "watch jobs.batch",
          "create jobs.batch",
          "patch jobs.batch",
          "delete jobs.batch",
          "get pods/log");

  private final ApiServerProcess server;
  private final Installation installation;
  private final OperatorProcess operator;

  QuietIT(TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    try {
      server = ApiServerProcess.startAudited();
    } catch (ApiServerUnavailableException missing) {
      throw Level.API_SERVER.without(missing);
    }
    try (KubernetesClient client = server.client()) {
      CustomResources.in(Path.of("crds")).install(client);
    }
    installation = new Installation(server, clickHouse, postgres);
    operator = installation.startOperator().awaitLeading();
  }

  @AfterEach
  void stop() {
    operator.close();
    installation.close();
    server.close();
  }

  @Test
  void whatWaitsCostsNothing() {
    IntStream.range(0, WAITING)
        .forEach(
            i ->
                installation.migrateWith(
                    "m" + i, FIELDS.get(i % FIELDS.size()), Operations.create("t" + i)));
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () ->
                IntStream.range(WAITING - 10, WAITING)
                    .allMatch(
                        i ->
                            REASONS
                                .get(i % REASONS.size())
                                .equals(installation.condition("m" + i, "Ready").reason())));
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofSeconds(10))
        .until(() -> askedIn(Duration.ofSeconds(10)).isEmpty());

    // longer than the back-off, and than the instance is not looked at; where the machine is so
    // busy that a database did not answer in time, that is told, and only then
    await()
        .atMost(Duration.ofMinutes(5))
        .untilAsserted(() -> assertThat(askedIn(Duration.ofSeconds(75))).isEmpty());
    assertThat(operator.isAlive()).isTrue();
  }

  @Test
  void theManifestGrantsWhatIsUsedAndNoMore() {
    installation.kubeletPauses();
    installation.migrate("m", Operations.create("t"));
    await().atMost(Duration.ofSeconds(30)).until(() -> "Starting".equals(installation.phase("m")));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> requests().stream().anyMatch(r -> right(r).equals("list pods")));
    installation.kubeletGoesOn();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));

    Set<String> used = new TreeSet<>();
    requests().forEach(r -> used.add(right(r)));

    Set<String> granted = granted();
    assertThat(used)
        .contains("watch secrets", "update deployments.apps/scale", "create events")
        .allMatch(right -> granted.contains(right) || EVERYBODY_MAY.equals(right));
    granted.removeAll(used);
    assertThat(granted).isSubsetOf(NOT_USED_HERE);
  }

  @Test
  void secretsAreAskedForOneByOne() {
    installation.migrate("m", Operations.create("t"));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));

    assertThat(
            requests().stream()
                .filter(r -> r.at("/objectRef/resource").asText().equals("secrets"))
                .map(r -> r.at("/requestURI").asText()))
        .isNotEmpty()
        .allMatch(uri -> uri.contains("fieldSelector=metadata.name%3D"));
  }

  /** What the operator asks in this time from now on; the lease and what only stays open apart. */
  private List<String> askedIn(Duration time) {
    int before = requests().size();
    await().pollDelay(time).atMost(time.multipliedBy(2)).until(() -> true);
    List<JsonNode> all = requests();
    return all.subList(before, all.size()).stream()
        .filter(r -> !r.at("/objectRef/resource").asText().equals("leases"))
        .filter(r -> !r.at("/verb").asText().equals("watch"))
        .map(r -> r.at("/verb").asText() + " " + r.at("/requestURI").asText())
        .toList();
  }

  private List<JsonNode> requests() {
    List<JsonNode> requests = new ArrayList<>();
    for (String line : server.auditLog()) {
      JsonNode request = read(line);
      if (request.at("/userAgent").asText().startsWith("async-migrations")) {
        requests.add(request);
      }
    }
    return requests;
  }

  private static JsonNode read(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String right(JsonNode request) {
    JsonNode object = request.at("/objectRef");
    String subresource = object.at("/subresource").asText();
    return right(
        request.at("/verb").asText(),
        object.at("/apiGroup").asText(),
        object.at("/resource").asText() + (subresource.isEmpty() ? "" : "/" + subresource));
  }

  private static String right(String verb, String group, String resource) {
    int slash = resource.indexOf('/');
    String name = slash < 0 ? resource : resource.substring(0, slash);
    String rest = slash < 0 ? "" : resource.substring(slash);
    return verb + " " + name + (group.isEmpty() ? "" : "." + group) + rest;
  }

  /** The rules of the ClusterRole and of the Role; a get of /apis and the like needs none. */
  private Set<String> granted() {
    try (InputStream manifest = Files.newInputStream(Path.of("deploy", "operator.yaml"));
        KubernetesClient client = server.client()) {
      List<PolicyRule> rules = new ArrayList<>();
      client
          .load(manifest)
          .items()
          .forEach(
              item -> {
                if (item instanceof ClusterRole role) {
                  rules.addAll(role.getRules());
                } else if (item instanceof Role role) {
                  rules.addAll(role.getRules());
                }
              });
      return rules.stream()
          .flatMap(
              rule ->
                  rule.getApiGroups().stream()
                      .flatMap(
                          group ->
                              rule.getResources().stream()
                                  .flatMap(
                                      resource ->
                                          rule.getVerbs().stream()
                                              .map(verb -> right(verb, group, resource)))))
          .collect(Collectors.toSet());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
