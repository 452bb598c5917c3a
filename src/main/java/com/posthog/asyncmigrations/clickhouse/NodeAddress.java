package com.posthog.asyncmigrations.clickhouse;

/**
 * Where one server is reached, by an address of its own: a Service in front of several would send a
 * statement and the question about it to different servers.
 *
 * @param shard number of its shard, from 1
 * @param replica number of its replica, from 1
 */
public record NodeAddress(int shard, int replica, String host, int httpPort) {

  /** Host and port as one text, by which a node is found again. */
  public String text() {
    return host + ":" + httpPort;
  }
}
