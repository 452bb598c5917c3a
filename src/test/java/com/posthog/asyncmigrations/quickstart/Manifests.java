package com.posthog.asyncmigrations.quickstart;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The files of {@code deploy/quickstart/}, applied as a person would. */
final class Manifests {
  static final Path DIRECTORY = Path.of("deploy", "quickstart");

  private final KubernetesClient client;

  Manifests(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Applies one of them.
   *
   * @param values what its places are filled with, for example {@code ${CLICKHOUSE_PORT}}
   * @return what is in it
   */
  List<HasMetadata> apply(Path file, Map<String, Object> values) throws IOException {
    String text = Files.readString(file);
    for (Map.Entry<String, Object> value : values.entrySet()) {
      text = text.replace("${" + value.getKey() + "}", value.getValue().toString());
    }
    List<HasMetadata> resources =
        client.load(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))).items();
    resources.forEach(this::apply);
    return resources;
  }

  private void apply(HasMetadata resource) {
    if (resource instanceof Secret secret && secret.getStringData() != null) {
      encode(secret);
    }
    client.resource(resource).fieldManager("quickstart").forceConflicts().serverSideApply();
  }

  /** As an API server does it; the stand-in does not. */
  private static void encode(Secret secret) {
    Map<String, String> data = new HashMap<>();
    secret
        .getStringData()
        .forEach(
            (key, value) ->
                data.put(
                    key,
                    Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    secret.setData(data);
    secret.setStringData(null);
  }
}
