package com.posthog.asyncmigrations.core.decide;

import java.util.Collections;
import java.util.List;

/**
 * The servers that a run changes, by what they say they are, whatever they are called.
 *
 * @param scope what a lease on them is called; it stays when nodes come or go during a run
 * @param nodes identities of the ClickHouse nodes; none where only a status tells
 * @param database identity of the PostgreSQL database
 */
public record Servers(String scope, List<String> nodes, String database) {
  /** Keeps a copy. */
  public Servers {
    nodes = List.copyOf(nodes);
  }

  /** Whether these are others altogether: another database, or no node in common. */
  public boolean areOthersThan(Servers before) {
    boolean otherNodes = !before.nodes.isEmpty() && Collections.disjoint(nodes, before.nodes);
    return otherNodes || !database.equals(before.database);
  }
}
