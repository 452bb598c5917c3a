package com.posthog.asyncmigrations.core.decide;

import java.time.Instant;
import java.util.List;

/**
 * The write-ahead record of a step: written before the step is started, and what it is found by
 * afterwards.
 *
 * @param position which step
 * @param effectId the id that the statement carries on its server
 * @param node the server it is for, by address and identity; of a step on several, none of them
 * @param parts the servers that it runs on at the same time; none for a step on one server
 * @param token the lease's token when it was written: under the same token it is the same process
 *     that started it
 * @param at when it was written
 */
public record Intent(
    Position position, String effectId, NodeRef node, List<Part> parts, long token, Instant at) {
  /** What stands for the server in the id of a step on several. */
  static final String SEVERAL = "all";

  private static final int LONGEST_NAME = 40;

  /**
   * The id of a step: the same for everybody who knows the run, and another for each try. At most
   * 100 characters, as PostHog's column is.
   */
  public static String effectId(
      String migration, String runId, int attempt, Position position, String target) {
    return "%s-%s%d-%d-%s-%d"
        .formatted(
            prefix(migration, runId, attempt),
            position.stage().letter(),
            position.operation(),
            position.step(),
            target,
            position.tryNumber());
  }

  /** What the ids of all steps of an attempt begin with. */
  public static String prefix(String migration, String runId, int attempt) {
    return "%s-%s-%d"
        .formatted(
            migration.substring(0, Math.min(LONGEST_NAME, migration.length())), runId, attempt);
  }

  /** Keeps a copy. */
  public Intent {
    parts = List.copyOf(parts);
  }

  /** For a step on one server. */
  public Intent(Position position, String effectId, NodeRef node, long token, Instant at) {
    this(position, effectId, node, List.of(), token, at);
  }

  /** Every id that a statement of this step carries. */
  public List<String> effectIds() {
    return parts.isEmpty() ? List.of(effectId) : parts.stream().map(Part::effectId).toList();
  }

  /** One of them that may be running now. */
  public String currentId() {
    return parts.stream()
        .filter(part -> !part.ended())
        .map(Part::effectId)
        .findFirst()
        .orElse(effectId);
  }

  /** The intent for one of its parts alone. */
  public Intent of(Part part) {
    return new Intent(position, part.effectId(), part.node(), part.token(), at);
  }

  Intent with(List<Part> changed) {
    return new Intent(position, effectId, node, changed, token, at);
  }

  Intent under(long newToken, Instant when) {
    return new Intent(position, effectId, node, parts, newToken, when);
  }
}
