package com.posthog.asyncmigrations.web;

import java.util.function.BooleanSupplier;

/** What Kubernetes asks of the process. */
public final class Probes {
  private final BooleanSupplier leading;
  private final BooleanSupplier synced;

  /**
   * Answers from these.
   *
   * @param leading whether this process acts
   * @param synced whether it knows all resources, and hears of their changes
   */
  public Probes(BooleanSupplier leading, BooleanSupplier synced) {
    this.leading = leading;
    this.synced = synced;
  }

  /**
   * The process runs. A database or an API server that is away is no reason to restart it: that
   * would not help, and what is remembered of them would be lost.
   */
  public Answer alive() {
    return Answer.probe(true, "alive");
  }

  /** It could act, or does. One that waits for the leader to go is ready to take its place. */
  public Answer ready() {
    if (!synced.getAsBoolean()) {
      return Answer.probe(false, "the resources are not known yet, or a watch on them has failed");
    }
    return Answer.probe(true, leading.getAsBoolean() ? "ready, leads" : "ready, stands by");
  }
}
