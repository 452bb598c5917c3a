package com.posthog.asyncmigrations.operation;

import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.decide.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** Recorded intents, and the leases that they are looked at under. */
public final class Intents {
  /** The token that {@link #of} records. */
  public static final long TOKEN = 1;

  private Intents() {}

  /** For this node, under an id that no other test has. */
  public static Intent of(NodeRef node) {
    Position position = new Position(Position.Stage.FORWARD, 0, 0, 1);
    String run = UUID.randomUUID().toString().substring(0, 8);
    return new Intent(
        position,
        Intent.effectId("test", run, 1, position, node.target()),
        node,
        TOKEN,
        Instant.now());
  }

  /** The lease of the process that recorded the intents. */
  public static LeaseView.Held ownLease() {
    return new LeaseView.Held(TOKEN, Instant.now());
  }

  /** The lease of a successor, who has held it long enough for any request to have arrived. */
  public static LeaseView.Held successorsLease() {
    return new LeaseView.Held(
        TOKEN + 1, Instant.now().minus(Recognition.ON_ITS_WAY).minus(Duration.ofSeconds(1)));
  }
}
