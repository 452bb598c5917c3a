package com.posthog.asyncmigrations.embedded;

import com.sun.jna.NativeLibrary;
import com.sun.jna.StringArray;
import java.io.IOException;
import java.util.Arrays;

/**
 * The program of the server's process: hands its arguments to the engine's main function. It ends
 * when its standard input does, so that the server never outlives its parent, however that dies.
 */
public final class ClickHouseLauncher {
  private ClickHouseLauncher() {}

  /**
   * Runs the engine until it ends.
   *
   * @param arguments the library, then the engine's own arguments
   */
  public static void main(String[] arguments) {
    Thread watch = new Thread(ClickHouseLauncher::endWithParent, "parent");
    watch.setDaemon(true);
    watch.start();
    String[] argv = Arrays.copyOfRange(arguments, 1, arguments.length);
    NativeLibrary.getInstance(arguments[0])
        .getFunction("query_stable_v2")
        .invokePointer(new Object[] {argv.length, new StringArray(argv)});
    Runtime.getRuntime().halt(0);
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {
        // nothing is ever sent; only the end counts
      }
    } catch (IOException e) {
      // as good as the end
    }
    Runtime.getRuntime().halt(1);
  }
}
