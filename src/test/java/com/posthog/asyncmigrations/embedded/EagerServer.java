package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfig;
import io.fabric8.kubeapitest.KubeAPITestException;

/**
 * Does not wait for a program that has ended already, and can be stopped more than once: {@code
 * kube-api-test} 7.5.2 waits until its time is over, and cannot.
 */
final class EagerServer extends KubeAPIServer {
  private final Thread owner = Thread.currentThread();
  private boolean starting = true;
  private boolean stopped;

  EagerServer(KubeAPIServerConfig config) {
    super(config);
  }

  /** Starts, in the thread that has made it. */
  @Override
  public void start() {
    try {
      super.start();
    } finally {
      started();
    }
  }

  private synchronized void started() {
    starting = false;
    if (stopped) {
      Thread.interrupted(); // it has told what it was for
    }
  }

  @Override
  public synchronized void processStopped(Process process) {
    if (starting && !stopped) {
      stopped = true;
      owner.interrupt();
    }
  }

  @Override
  public void stop() {
    try {
      super.stop();
    } catch (KubeAPITestException stoppedBefore) {
      // there is nothing left of it
    }
  }
}
