package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.SharedPostgres;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;

/** The passwords of an installation: nothing that people read may contain one. */
final class Secrets {
  /** A password that no server accepts, and that no log contains by chance. */
  static final String WRONG = "wr0ng-Pelican";

  private Secrets() {}

  /** Looks through the operator's log, the Events, and the migration {@code m} and its instance. */
  static void areNotTold(Installation installation, List<String> log) {
    String told =
        String.join("\n", log)
            + Serialization.asYaml(installation.events())
            + Serialization.asYaml(installation.migration("m"))
            + Serialization.asYaml(installation.instance());
    assertThat(told)
        .doesNotContain(
            installation.clickHouse().user().password(), SharedPostgres.PASSWORD, WRONG);
  }
}
