package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Stands between a client and a TCP server, passes bytes on, and on demand is away as servers and
 * networks are: it refuses connections, is slow, or accepts them and says nothing.
 */
public final class OutageProxy implements AutoCloseable {
  private final InetSocketAddress server;
  private final int port;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final Set<Socket> abandoned = ConcurrentHashMap.newKeySet();
  private volatile ServerSocket listener;
  private volatile boolean silent;
  private volatile Duration delay = Duration.ZERO;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** In front of this server, on a free port of its own. */
  public OutageProxy(String host, int port) {
    server = new InetSocketAddress(host, port);
    listener = listen(0);
    this.port = listener.getLocalPort();
  }

  /** Where clients connect to. */
  public int port() {
    return port;
  }

  /** Ends all connections, and refuses new ones, as when the server's process is gone. */
  public void refuse() {
    close(listener);
    links.forEach(Link::end);
  }

  /** Keeps each piece of a request or an answer back for so long. */
  public void slowDown(Duration each) {
    delay = each;
  }

  /** Accepts connections and keeps them open, but nothing goes through them. */
  public void silence() {
    silent = true;
  }

  /**
   * Is there again. Connections that were silenced are gone for the server, but their clients are
   * not told: they stay open, and nothing ever comes.
   */
  public void restore() {
    delay = Duration.ZERO;
    if (silent) {
      links.forEach(Link::abandon);
      silent = false;
    }
    if (listener.isClosed()) {
      listener = listen(port);
    }
  }

  private ServerSocket listen(int onPort) {
    try {
      ServerSocket fresh = new ServerSocket();
      fresh.setReuseAddress(true);
      fresh.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), onPort), 200);
      start("accept", () -> accept(fresh));
      return fresh;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(ServerSocket on) {
    while (!on.isClosed()) {
      try {
        Link link = new Link(on.accept(), new Socket(server.getAddress(), server.getPort()));
        links.add(link);
        start("there", () -> link.pass(link.client, link.server));
        start("back", () -> link.pass(link.server, link.client));
      } catch (IOException closedOrRefused) {
        // the next one may fare better
      }
    }
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, "outage-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void close(AutoCloseable open) {
    try {
      open.close();
    } catch (Exception alreadyGone) {
      // as it was meant
    }
  }

  @Override
  public void close() {
    closed.countDown();
    refuse();
    abandoned.forEach(OutageProxy::close);
  }

  /** One client's connection, and the one to the server that belongs to it. */
  private final class Link {
    private final Socket client;
    private final Socket server;
    private volatile boolean dead;

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void pass(Socket one, Socket other) {
      byte[] buffer = new byte[64 * 1024];
      try {
        InputStream from = one.getInputStream();
        OutputStream to = other.getOutputStream();
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
          boolean over = closed.await(delay.toMillis(), TimeUnit.MILLISECONDS);
          if (!over && !silent && !dead) {
            to.write(buffer, 0, n);
          } else {
            dead = true; // a stream that has lost a piece never goes on
          }
        }
      } catch (IOException | InterruptedException ended) {
        // as it was meant
      }
      if (!silent && !dead) {
        end();
      }
    }

    void end() {
      close(client);
      close(server);
      links.remove(this);
    }

    void abandon() {
      dead = true;
      abandoned.add(client);
      close(server);
      links.remove(this);
    }
  }
}
