package com.posthog.asyncmigrations.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.quickstart.Screen.Done;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  void elsewhereOnlyWhatChangesIsWritten() throws Exception {
    Screen screen = screen(false);

    String value =
        screen.step(
            "doing",
            () -> {
              screen.show("10% a", "a");
              screen.show("11% a", "a");
              screen.show("12%", "");
              screen.show("50% b", "b");
              screen.show("60% c", "c 1", "c");
              screen.show("61% c", "c 2", "c");
              return new Done<>("value", "done");
            });

    assertThat(value).isEqualTo("value");
    assertThat(text().replaceAll("[0-9.]+ s", "T"))
        .isEqualTo("  .   T  a\n  .   T  b\n  .   T  c 1\n  +   T  done\n");
  }

  @Test
  void onATerminalOneLineLives() throws Exception {
    Screen screen = screen(true);

    screen.step(
        "doing",
        () -> {
          await().until(() -> text().contains("doing"));
          screen.show("half", "half");
          await().until(() -> text().contains("half"));
          return new Done<>("", "done");
        });

    assertThat(text()).containsOnlyOnce("\n");
    assertThat(text()).endsWith("s  done\n").contains("\r\033[2K");
  }

  @Test
  void aStepThatFailsSaysWhatItWas() {
    Screen screen = screen(false);

    assertThatThrownBy(
            () ->
                screen.step(
                    "starting",
                    () -> {
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    assertThat(text()).matches("  ! +[0-9.]+ s  starting\n");
  }

  @Test
  void nothingIsWrittenAtTheEnd() throws Exception {
    Screen screen = screen(false);
    screen.silence();

    screen.say("too late");
    screen.step("doing", () -> new Done<>("", "done"));

    assertThat(text()).isEmpty();
  }

  private Screen screen(boolean terminal) {
    return new Screen(
        new PrintStream(written, true, StandardCharsets.UTF_8), Glyphs.ASCII, terminal);
  }

  private String text() {
    return written.toString(StandardCharsets.UTF_8);
  }
}
