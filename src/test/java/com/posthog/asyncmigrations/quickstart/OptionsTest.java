package com.posthog.asyncmigrations.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
  @Test
  void nothingHasToBeSaid() {
    assertThat(Options.of(new Properties()))
        .isEqualTo(
            new Options(
                10_000_000,
                false,
                Path.of("deploy/quickstart/migration.yaml"),
                Path.of("target/quickstart")));
  }

  @ParameterizedTest
  @CsvSource({"rows,200_000", "exit,true", "migration,deploy/example.yaml", "quickstart.logs,x"})
  void whatIsSaidReachesTheOtherJvm(String name, String value) {
    Options options = Options.of(properties(name, value));
    Properties passed = new Properties();
    options
        .arguments()
        .forEach(a -> passed.setProperty(a.substring(2).split("=", 2)[0], a.split("=", 2)[1]));

    assertThat(options).isNotEqualTo(Options.of(new Properties()));
    assertThat(Options.of(passed)).isEqualTo(options);
  }

  @Test
  void exitNeedsNoValue() {
    assertThat(Options.of(properties("exit", "")).exit()).isTrue();
    assertThat(Options.of(properties("exit", "true")).exit()).isTrue();
    assertThat(Options.of(properties("exit", "false")).exit()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "rows,0,'-Drows=0: it must be a number from 1 to 1,000,000,000'",
    "rows,many,'-Drows=many: it must be a number from 1 to 1,000,000,000'",
    "migration,none.yaml,'-Dmigration=none.yaml: there is no such file'"
  })
  void whatIsWrongIsRefused(String name, String value, String message) {
    assertThatThrownBy(() -> Options.of(properties(name, value))).hasMessage(message);
  }

  private static Properties properties(String name, String value) {
    Properties properties = new Properties();
    properties.setProperty(name, value);
    return properties;
  }
}
