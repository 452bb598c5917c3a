package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec.Settings;
import com.posthog.asyncmigrations.core.decide.Desired;
import java.time.Duration;
import java.util.Optional;

/** Reads an instance's settings; what the spec leaves out has PostHog's defaults. */
final class SettingsReader {
  private static final boolean AUTO_CONTINUE = true;
  private static final String TIMEOUT = "2h";

  private SettingsReader() {}

  /** All of them; only {@code rollbackTimeout} may be absent. */
  static Settings settings(PostHogInstanceSpec instance) {
    Optional<Settings> given = Optional.ofNullable(instance.settings());
    return new Settings(
        given.map(Settings::autoStart).orElse(false),
        given.map(Settings::autoContinue).orElse(AUTO_CONTINUE),
        given.map(Settings::disableAutoRollback).orElse(false),
        given.map(Settings::ignorePosthogVersion).orElse(false),
        given.map(Settings::rollbackTimeout).orElse(null),
        given.map(Settings::defaultTimeout).orElse(TIMEOUT));
  }

  static Desired.Policy policy(PostHogInstanceSpec instance) {
    Settings settings = settings(instance);
    return new Desired.Policy(
        !settings.disableAutoRollback(),
        settings.autoContinue(),
        Optional.ofNullable(settings.rollbackTimeout()).map(Durations::parse).orElse(Duration.ZERO),
        Optional.ofNullable(instance.worker())
            .map(PostHogInstanceSpec.Worker::readyTimeout)
            .map(Durations::parse)
            .orElse(Desired.Policy.DEFAULT.readyTimeout()));
  }
}
