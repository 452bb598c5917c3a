package com.posthog.asyncmigrations.postgres;

import java.io.StringWriter;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.WriterAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.layout.PatternLayout;

/** Everything that anybody logs, down to the finest level, while it is open. */
final class LogCapture implements AutoCloseable {
  private final StringWriter written = new StringWriter();
  private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
  private final LoggerConfig root = context.getConfiguration().getRootLogger();
  private final Level before = root.getLevel();
  private final WriterAppender appender;

  LogCapture() {
    PatternLayout layout = PatternLayout.newBuilder().withPattern("%p %c %m %throwable%n").build();
    appender = WriterAppender.createAppender(layout, null, written, "capture", false, true);
    appender.start();
    root.addAppender(appender, Level.ALL, null);
    root.setLevel(Level.ALL);
    context.updateLoggers();
  }

  String text() {
    return written.toString();
  }

  @Override
  public void close() {
    root.removeAppender("capture");
    root.setLevel(before);
    context.updateLoggers();
    appender.stop();
  }
}
