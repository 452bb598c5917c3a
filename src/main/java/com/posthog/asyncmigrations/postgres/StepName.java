package com.posthog.asyncmigrations.postgres;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a step is called in {@code pg_stat_activity}: its effect id without the migration's name, so
 * that the server does not cut it.
 *
 * @param runId of the run
 * @param text the application name
 */
public record StepName(String runId, String text) {
  private static final int LONGEST = 63;
  private static final Pattern EFFECT_ID =
      Pattern.compile(".*-([^-]+)-(\\d+)-([a-z]\\d+)-(\\d+)-[^-]+-(\\d+)");

  /** The name of the step with this effect id. */
  public static StepName of(String effectId) {
    Matcher id = EFFECT_ID.matcher(effectId);
    if (!id.matches()) {
      throw new IllegalArgumentException("not the id of an effect: " + effectId);
    }
    String runId = id.group(1);
    String text =
        "asyncmig:%s:%s:%s-%s-%s"
            .formatted(runId, id.group(2), id.group(3), id.group(4), id.group(5));
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("PostgreSQL would cut " + text);
    }
    return new StepName(runId, text);
  }

  @Override
  public String toString() {
    return text;
  }
}
