package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.kubernetes.instance.Session;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The lease on what a migration changes, as one pass sees it. */
final class Tenure {
  private final Session session;
  private final MigrationKey key;
  private Optional<String> scope = Optional.empty();
  private Optional<LeaseView.Held> held = Optional.empty();

  Tenure(Session session, MigrationKey key) {
    this.session = session;
    this.key = key;
  }

  /** Looks who holds it. */
  LeaseView look(List<ClickHouseNode> nodes) {
    String identity = scopeOf(nodes, session.postgres().node().identity());
    scope = Optional.of(identity);
    LeaseView view = session.leases().look(identity, key);
    held = view instanceof LeaseView.Held ours ? Optional.of(ours) : Optional.empty();
    return view;
  }

  /** The lease, where the last look found that this process holds it. */
  Optional<LeaseView.Held> held() {
    return held;
  }

  /** What it is a lease on. */
  String scope() {
    return scope.orElseThrow(() -> new IllegalStateException("the lease was not looked at"));
  }

  /** Whether this process may still act; costs nothing. */
  boolean mayAct() {
    return held.filter(h -> session.leases().stillHeld(scope(), key, h.token())).isPresent();
  }

  void take() {
    held = session.leases().take(scope(), key);
  }

  void giveBack() {
    session.leases().giveBack(scope(), key);
    held = Optional.empty();
  }

  /**
   * What is changed by whoever holds the lease: these servers, whatever they are called, and this
   * database.
   */
  static String scopeOf(List<ClickHouseNode> nodes, String database) {
    String servers =
        nodes.stream().map(ClickHouseNode::identity).sorted().collect(Collectors.joining(","));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(servers.getBytes(StandardCharsets.UTF_8));
      return database + "/" + HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }
}
