package com.posthog.asyncmigrations.web;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a few texts, each made when it is asked for. */
public final class HttpServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int THREADS = 8;
  private static final Set<String> READING = Set.of("GET", "HEAD");

  private final Server server;
  private final ServerConnector connector;

  /**
   * Serves these, by their paths.
   *
   * @param port 0: any that is free
   */
  public HttpServer(int port, Map<String, Supplier<Answer>> pages) {
    QueuedThreadPool threads = new QueuedThreadPool(THREADS, 1);
    threads.setName("http");
    threads.setDaemon(true);
    server = new Server(threads);
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
    connector.setPort(port);
    server.addConnector(connector);
    server.setHandler(new Pages(Map.copyOf(pages)));
  }

  /**
   * Starts to listen.
   *
   * @throws IllegalStateException when the port is taken
   */
  public void start() {
    try {
      server.start();
    } catch (Exception refused) {
      throw new IllegalStateException(
          "port %d cannot be listened on; --http-port names another one, and 0 none"
              .formatted(connector.getPort()),
          refused);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception unstoppable) {
      LOG.warn("The HTTP server did not stop: {}", unstoppable.getMessage());
    }
  }

  /** Answers requests. */
  private static final class Pages extends Handler.Abstract {
    private final Map<String, Supplier<Answer>> pages;

    Pages(Map<String, Supplier<Answer>> pages) {
      this.pages = pages;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Answer answer = answer(request.getMethod(), Request.getPathInContext(request));
      response.setStatus(answer.status());
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.contentType());
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
      response.write(
          true, ByteBuffer.wrap(answer.text().getBytes(StandardCharsets.UTF_8)), callback);
      return true;
    }

    private Answer answer(String method, String path) {
      Optional<Supplier<Answer>> page = Optional.ofNullable(pages.get(path));
      if (page.isEmpty()) {
        return Answer.plain(404, "there is no " + path);
      }
      if (!READING.contains(method)) {
        return Answer.plain(405, path + " can only be read");
      }
      try {
        return page.get().get();
      } catch (RuntimeException fault) {
        LOG.error("{} could not be made", path, fault);
        return Answer.plain(500, "see the operator's log");
      }
    }
  }
}
