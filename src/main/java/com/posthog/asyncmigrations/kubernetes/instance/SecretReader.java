package com.posthog.asyncmigrations.kubernetes.instance;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec.CredentialsRef;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/** Reads credentials by name; Secrets are never listed, watched or kept. */
final class SecretReader {
  private final KubernetesClient client;

  SecretReader(KubernetesClient client) {
    this.client = client;
  }

  Credentials read(String namespace, CredentialsRef ref) {
    Secret secret =
        Optional.ofNullable(
                client.secrets().inNamespace(namespace).withName(ref.secretName()).get())
            .orElseThrow(
                () ->
                    new ProblemException(
                        new Problem(
                            Reason.SecretMissing,
                            "there is no Secret %s in namespace %s"
                                .formatted(ref.secretName(), namespace))));
    return new Credentials(value(secret, ref.usernameKey()), value(secret, ref.passwordKey()));
  }

  private static String value(Secret secret, String key) {
    return Optional.ofNullable(secret.getData())
        .map((Map<String, String> data) -> data.get(key))
        .map(value -> new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8))
        .orElseThrow(
            () ->
                new ProblemException(
                    new Problem(
                        Reason.SecretKeyMissing,
                        "Secret %s in namespace %s has no key %s"
                            .formatted(
                                secret.getMetadata().getName(),
                                secret.getMetadata().getNamespace(),
                                key))));
  }
}
