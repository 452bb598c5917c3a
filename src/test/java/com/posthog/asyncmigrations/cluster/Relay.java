package com.posthog.asyncmigrations.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Lets others than this machine reach a server that listens on its loopback address. */
final class Relay {
  private final ServerSocket listener;
  private final int port;

  /** On a free port of every address. */
  Relay(int port) {
    this.port = port;
    try {
      listener = new ServerSocket(0);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (true) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        start(() -> pass(client, server));
        start(() -> pass(server, client));
      } catch (IOException refused) {
        // the server is away: its client finds the connection closed
      }
    }
  }

  private static void pass(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException ended) {
      // one of them has gone, and both ends are closed
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }
}
