package com.posthog.asyncmigrations.kubernetes.migration;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.LimitsSpec;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LimitsReaderTest {
  @Test
  void nothingIsLimitedByDefault() {
    assertThat(LimitsReader.read(null)).isEqualTo(CopyLimits.DEFAULT);
    assertThat(LimitsReader.read(new LimitsSpec(null, null, null, null, null, null)))
        .isEqualTo(CopyLimits.DEFAULT);
  }

  @Test
  void whatIsLimitedBecomesASetting() {
    assertThat(LimitsReader.read(new LimitsSpec(5, 4, 8, "8Gi", "100Mi", "1000")))
        .isEqualTo(
            new CopyLimits(
                5,
                Map.of(
                    "max_insert_threads", "4",
                    "max_threads", "8",
                    "max_memory_usage", "8589934592",
                    "max_local_read_bandwidth", "104857600",
                    "max_local_write_bandwidth", "1000")));
  }
}
