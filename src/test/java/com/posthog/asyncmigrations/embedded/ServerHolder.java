package com.posthog.asyncmigrations.embedded;

import com.posthog.asyncmigrations.core.Credentials;
import java.nio.file.Path;

/** A program that starts a server, prints its process, and waits to be killed. */
final class ServerHolder {
  private ServerHolder() {}

  /** Its argument is the engine's library. */
  public static void main(String[] arguments) throws Exception {
    ServerOptions options = ServerOptions.single(new Credentials("posthog", "secret"));
    try (Reaper reaper = new Reaper();
        ClickHouseProcess server =
            ClickHouseProcess.start(Path.of(arguments[0]), options, reaper)) {
      System.out.println(server.pid() + " " + server.home());
      System.out.flush();
      Thread.currentThread().join();
    }
  }
}
