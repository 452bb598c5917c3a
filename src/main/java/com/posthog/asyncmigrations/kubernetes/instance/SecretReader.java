package com.posthog.asyncmigrations.kubernetes.instance;

import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec.CredentialsRef;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.kubernetes.watch.Copies;
import com.posthog.asyncmigrations.kubernetes.watch.Selection;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Reads credentials from copies of the Secrets that instances name; each is watched by its name.
 */
final class SecretReader {
  private final Copies<Secret> copies;

  SecretReader(Copies<Secret> copies) {
    this.copies = copies;
  }

  Credentials read(PostHogInstance instance, CredentialsRef ref) {
    String namespace = instance.getMetadata().getNamespace();
    Secret secret =
        copies
            .list(ResourceID.fromResource(instance), Selection.named(namespace, ref.secretName()))
            .stream()
            .findFirst()
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
