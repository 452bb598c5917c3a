package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a server listens: known before it starts, so that the servers of a cluster can be told of
 * each other.
 */
public record ServerAddress(String host, int httpPort, int tcpPort) {

  /** Free ports on this machine. */
  public static ServerAddress free() {
    return sharingHttpPort("127.0.0.1").get(0);
  }

  /** One address on each of these hosts, with the same HTTP port on all of them. */
  public static List<ServerAddress> sharingHttpPort(String... hosts) {
    int httpPort = freePort(0, List.of(hosts));
    List<ServerAddress> addresses = new ArrayList<>();
    for (String host : hosts) {
      addresses.add(new ServerAddress(host, httpPort, freePort(0, List.of(host))));
    }
    return addresses;
  }

  /** A port that is free on all hosts, given that this one is on those before; 0 for any. */
  private static int freePort(int port, List<String> hosts) {
    if (hosts.isEmpty()) {
      return port;
    }
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(hosts.get(0)))) {
      return freePort(socket.getLocalPort(), hosts.subList(1, hosts.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
