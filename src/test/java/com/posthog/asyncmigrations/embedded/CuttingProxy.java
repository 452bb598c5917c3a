package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Stands between a client and an HTTP server, passes bytes on, and on demand behaves as networks
 * do: holds requests back, loses answers, or answers in the server's place. A request is known by
 * its text, head and body.
 */
public final class CuttingProxy implements AutoCloseable {
  private final String host;
  private final int port;
  private final ServerSocket listener;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final List<Request> requests = new ArrayList<>();
  private final Object change = new Object();
  private Predicate<String> held = request -> false;
  private Predicate<String> replaced = request -> false;
  private byte[] replacement = {};

  /** In front of this server, on a free port of its own. */
  public CuttingProxy(String host, int port) {
    this.host = host;
    this.port = port;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start("accept", this::accept);
  }

  /** Where clients connect to. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Keeps such requests from the server until {@link #release}. */
  public void hold(Predicate<String> request) {
    synchronized (change) {
      held = request;
    }
  }

  /** Keeps such requests from the server in the place of those that it has kept so far. */
  public void holdInstead(Predicate<String> request) {
    synchronized (change) {
      held = request;
      change.notifyAll();
    }
  }

  /** Lets all requests go on that were held back. */
  public void release() {
    synchronized (change) {
      held = request -> false;
      change.notifyAll();
    }
  }

  /** Passes such requests on, and closes the connection in the place of the answer. */
  public void dropAnswers(Predicate<String> request) {
    replaceAnswers(request, "");
  }

  /** Passes such requests on, and answers with this in the place of the server's answer. */
  public void replaceAnswers(Predicate<String> request, String answer) {
    synchronized (change) {
      replaced = request;
      replacement = answer.getBytes(StandardCharsets.UTF_8);
    }
  }

  /** Passes all answers on again. */
  public void passAnswers() {
    dropAnswers(request -> false);
  }

  /** Closes every connection now, whatever is under way. */
  public void cut() {
    connections.forEach(Connection::close);
  }

  /** How many such requests were received so far. */
  public int received(Predicate<String> request) {
    synchronized (change) {
      return (int) requests.stream().map(Request::text).filter(request).count();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        connect(listener.accept());
      } catch (IOException closed) {
        // the loop ends
      }
    }
  }

  private void connect(Socket client) throws IOException {
    try {
      Connection connection = new Connection(client, new Socket(host, port));
      connections.add(connection);
      start("requests", connection::passRequests);
      start("answers", connection::passAnswers);
    } catch (IOException refused) {
      client.close(); // else it would wait for ever
    }
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, "proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Stops listening and closes every connection. */
  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    release();
    cut();
  }

  /** The text of a request, as far as it has come. */
  private static final class Request {
    private final StringBuilder bytes = new StringBuilder();

    String text() {
      return bytes.toString();
    }
  }

  private final class Connection {
    private final Socket client;
    private final Socket server;
    private Request request = new Request();
    private boolean answered = true;

    Connection(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void passRequests() {
      byte[] buffer = new byte[64 * 1024];
      try (client;
          server) {
        InputStream from = client.getInputStream();
        OutputStream to = server.getOutputStream();
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
          awaitPermission(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
          to.write(buffer, 0, n);
        }
      } catch (IOException | InterruptedException cut) {
        // as it was meant
      }
      connections.remove(this);
    }

    private void awaitPermission(String bytes) throws InterruptedException {
      synchronized (change) {
        if (answered) {
          request = new Request();
          requests.add(request);
          answered = false;
        }
        request.bytes.append(bytes);
        while (held.test(request.text())) {
          change.wait();
        }
      }
    }

    void passAnswers() {
      byte[] buffer = new byte[64 * 1024];
      try (client;
          server) {
        InputStream from = server.getInputStream();
        OutputStream to = client.getOutputStream();
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
          if (replace(to)) {
            return;
          }
          to.write(buffer, 0, n);
        }
      } catch (IOException cut) {
        // as it was meant
      }
    }

    private boolean replace(OutputStream to) throws IOException {
      synchronized (change) {
        answered = true;
        if (!replaced.test(request.text())) {
          return false;
        }
        to.write(replacement);
        to.flush();
        return true;
      }
    }

    void close() {
      try (client;
          server) {
        // both, whatever happens to one of them
      } catch (IOException alreadyGone) {
        // as it was meant
      }
    }
  }
}
