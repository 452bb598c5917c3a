package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks ClickHouse servers what their user may do. */
final class Grants {
  private static final String USER = "SELECT currentUser()";
  private static final String READ_ONLY = "SELECT getSetting('readonly')";

  private final ClickHouseCluster cluster;

  Grants(ClickHouseCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * What the user lacks, one problem for each server that lacks other privileges than the one
   * before it.
   *
   * @throws ProblemException when a server cannot tell
   */
  List<Problem> missing(Collection<Grant> needed) {
    List<Problem> problems = new ArrayList<>();
    List<String> before = List.of();
    for (ClickHouseNode node : cluster.nodes()) {
      String address = node.address().text();
      List<String> lacks =
          Grant.statements(needed.stream().filter(grant -> !has(address, grant)).toList());
      if (!lacks.isEmpty() && !lacks.equals(before)) {
        String user = cluster.ask(address, USER, Map.of()).get(0).get(0);
        problems.add(
            new Problem(
                Reason.DatabaseRefused,
                "on %s the user lacks: %s"
                    .formatted(
                        address,
                        String.join("; ", lacks.stream().map(l -> l + " TO " + user).toList()))));
      }
      before = lacks;
    }
    return problems;
  }

  private boolean has(String address, Grant grant) {
    return cluster
        .ask(address, "CHECK GRANT %s ON %s".formatted(grant.privilege(), grant.on()), Map.of())
        .get(0)
        .get(0)
        .equals("1");
  }

  /** Whether a profile lets the user change nothing, whatever it was granted. */
  Optional<Problem> readOnly() {
    return cluster.nodes().stream()
        .map(node -> node.address().text())
        .filter(address -> !cluster.ask(address, READ_ONLY, Map.of()).get(0).get(0).equals("0"))
        .findFirst()
        .map(
            address ->
                new Problem(
                    Reason.DatabaseRefused,
                    "on %s the user's profile has readonly set: nothing can be changed there"
                        .formatted(address)));
  }
}
