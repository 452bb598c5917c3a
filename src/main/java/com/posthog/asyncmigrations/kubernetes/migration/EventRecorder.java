package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.status.Notice;
import com.posthog.asyncmigrations.kubernetes.StatusApply;
import com.posthog.asyncmigrations.telemetry.Telemetry;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Tells people what happened, as Kubernetes Events; one that cannot be written is not worth failing
 * for.
 */
final class EventRecorder {
  private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
  private static final int LONGEST = 1_000;

  private final KubernetesClient client;
  private final Clock clock;
  private final Telemetry telemetry;

  EventRecorder(KubernetesClient client, Clock clock, Telemetry telemetry) {
    this.telemetry = telemetry;
    this.client = client;
    this.clock = clock;
  }

  void record(AsyncMigration about, Notice notice) {
    telemetry.eventTold(notice.warning(), notice.reason());
    LOG.atLevel(notice.warning() ? Level.WARN : Level.INFO)
        .addKeyValue("reason", notice.reason())
        .log("{}: {}", notice.reason(), notice.message());
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    String at = DateTimeFormatter.ISO_INSTANT.format(now.atOffset(ZoneOffset.UTC));
    String namespace = about.getMetadata().getNamespace();
    try {
      client
          .v1()
          .events()
          .inNamespace(namespace)
          .resource(
              new EventBuilder()
                  .withNewMetadata()
                  .withNamespace(namespace)
                  .withName(about.getMetadata().getName() + "." + UUID.randomUUID())
                  .endMetadata()
                  .withNewInvolvedObject()
                  .withApiVersion(about.getApiVersion())
                  .withKind(about.getKind())
                  .withNamespace(namespace)
                  .withName(about.getMetadata().getName())
                  .withUid(about.getMetadata().getUid())
                  .endInvolvedObject()
                  .withType(notice.warning() ? "Warning" : "Normal")
                  .withReason(notice.reason().name())
                  .withMessage(Excerpt.of(notice.message(), LONGEST))
                  .withFirstTimestamp(at)
                  .withLastTimestamp(at)
                  .withCount(1)
                  .withNewSource()
                  .withComponent(StatusApply.FIELD_MANAGER)
                  .endSource()
                  .build())
          .create();
    } catch (KubernetesClientException refused) {
      LOG.warn("An Event could not be written: {}", refused.getMessage());
    }
  }
}
