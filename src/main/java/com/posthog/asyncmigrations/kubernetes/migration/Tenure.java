package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.kubernetes.instance.Session;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The lease on what a migration changes, as one pass sees it. */
final class Tenure {
  private final Session session;
  private final MigrationKey key;
  private Optional<Servers> servers = Optional.empty();
  private Optional<LeaseView.Held> held = Optional.empty();

  Tenure(Session session, MigrationKey key) {
    this.session = session;
    this.key = key;
  }

  /** What the run under way works on, until it is looked at. */
  void expect(Optional<Servers> on) {
    servers = on;
  }

  /** Looks who holds the lease on these servers. */
  LeaseView look(Servers on) {
    servers = Optional.of(on);
    LeaseView view = session.leases().look(on, key);
    held = view instanceof LeaseView.Held ours ? Optional.of(ours) : Optional.empty();
    return view;
  }

  /** The lease, where the last look found that this process holds it. */
  Optional<LeaseView.Held> held() {
    return held;
  }

  /** Whether this process may still act; costs nothing. */
  boolean mayAct() {
    return held.filter(h -> session.leases().stillHeld(servers(), key, h.token())).isPresent();
  }

  void take() {
    held = session.leases().take(servers(), key);
  }

  void giveBack() {
    session.leases().giveBack(servers(), key);
    held = Optional.empty();
  }

  /** Renews it no more: the run is left as it is. */
  void letExpire() {
    servers.ifPresent(on -> session.leases().letExpire(on, key));
    held = Optional.empty();
  }

  /** What it is a lease on. */
  Servers servers() {
    return servers.orElseThrow(() -> new IllegalStateException("the lease was not looked at"));
  }

  /** What a run would work on that starts now. */
  static Servers serversOf(List<ClickHouseNode> nodes, String database) {
    List<String> identities = nodes.stream().map(ClickHouseNode::identity).sorted().toList();
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(String.join(",", identities).getBytes(StandardCharsets.UTF_8));
      return new Servers(
          database + "/" + HexFormat.of().formatHex(digest, 0, 8), identities, database);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }
}
