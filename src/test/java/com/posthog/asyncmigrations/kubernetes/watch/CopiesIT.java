package com.posthog.asyncmigrations.kubernetes.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.embedded.KubeNamespace;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedApiServer.class)
class CopiesIT {
  private final ResourceID one;
  private final ResourceID other;
  private final KubeNamespace namespace;
  private final KubernetesClient client;
  private final String name = "s-" + UUID.randomUUID();
  private final Selection selection;
  private final List<ResourceID> told = new CopyOnWriteArrayList<>();
  private final Copies<Secret> copies;

  CopiesIT(KubeNamespace namespace) {
    this.namespace = namespace;
    client = namespace.client();
    one = new ResourceID("one", namespace.name());
    other = new ResourceID("other", namespace.name());
    selection = Selection.named(namespace.name(), name);
    copies = copiesFor(client);
  }

  private Copies<Secret> copiesFor(KubernetesClient from) {
    return new Copies<>(
        s -> from.secrets().inNamespace(s.namespace()).withName(s.name().orElseThrow()),
        Secret::getData,
        told::add);
  }

  @AfterEach
  void stop() {
    copies.close();
  }

  @Test
  void whatIsThereIsKnownAtOnce() {
    put(name, "a", "first");

    assertThat(copies.list(one, selection)).hasSize(1);
  }

  @Test
  void whatIsNotThereIsKnownTooAndWhenItComesItIsTold() {
    assertThat(copies.list(one, selection)).isEmpty();

    put(name, "a", "first");

    await().until(() -> told.contains(one));
    assertThat(copies.list(one, selection)).hasSize(1);
  }

  @Test
  void changesOfInterestAreToldToEveryOwner() {
    put(name, "a", "first");
    copies.list(one, selection);
    copies.list(other, selection);
    await().until(() -> told.contains(one));
    told.clear();

    put(name, "a", "another label");
    put(name, "b", "another label");

    await().until(() -> told.containsAll(List.of(one, other)));
    assertThat(told).containsExactlyInAnyOrder(one, other);
    assertThat(copies.list(one, selection).get(0).getData()).containsEntry("key", "Yg==");
  }

  @Test
  void othersAreNotLookedAt() {
    copies.list(one, selection);
    put(name + "-x", "a", "first");
    put(name, "a", "first");

    await().until(() -> told.contains(one));

    assertThat(copies.list(one, selection))
        .extracting(s -> s.getMetadata().getName())
        .containsExactly(name);
  }

  @Test
  void whatIsDeletedIsTold() {
    put(name, "a", "first");
    copies.list(one, selection);
    await().until(() -> told.contains(one));
    told.clear();

    client.secrets().inNamespace(namespace.name()).withName(name).delete();

    await().until(() -> told.contains(one));
    assertThat(copies.list(one, selection)).isEmpty();
  }

  @Test
  void whatNobodyRefersToAnyMoreIsLetGo() {
    put(name, "a", "first");
    copies.list(one, selection);
    copies.list(other, selection);
    await().until(() -> told.contains(one));

    copies.keep(one, Set.of());
    told.clear();
    put(name, "b", "first");
    await().until(() -> told.contains(other));
    assertThat(told).doesNotContain(one);

    copies.keep(other, Set.of());
    told.clear();
    put(name, "c", "first");
    Selection witness = Selection.named(namespace.name(), name + "-witness");
    copies.list(other, witness);
    put(name + "-witness", "a", "first");
    await().until(() -> !told.isEmpty());
    assertThat(told).containsExactly(other); // of the witness alone

    assertThat(copies.list(one, selection).get(0).getData()).containsEntry("key", "Yw==");
  }

  @Test
  void aRefusalIsSaid() {
    try (KubernetesClient nobody =
            namespace.server().clientAs("system:serviceaccount:default:nobody");
        Copies<Secret> refused = copiesFor(nobody)) {
      assertThatThrownBy(() -> refused.list(one, selection))
          .isInstanceOfSatisfying(
              ProblemException.class,
              e -> {
                assertThat(e.problem().reason()).isEqualTo(Reason.KubernetesRefused);
                assertThat(e.problem().message()).contains("403", "secrets");
              });
    }
  }

  private void put(String called, String value, String label) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace.name())
                .withName(called)
                .addToLabels("label", label.replace(' ', '-'))
                .endMetadata()
                .withStringData(Map.of("key", value))
                .build())
        .serverSideApply();
  }
}
