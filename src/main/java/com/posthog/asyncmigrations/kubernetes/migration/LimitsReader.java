package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.LimitsSpec;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what copies may take of the servers. */
final class LimitsReader {
  private LimitsReader() {}

  static CopyLimits read(@Nullable LimitsSpec spec) {
    if (spec == null) {
      return CopyLimits.DEFAULT;
    }
    Map<String, String> settings = new TreeMap<>();
    put(settings, "max_insert_threads", spec.insertThreads());
    put(settings, "max_threads", spec.readThreads());
    put(settings, "max_memory_usage", bytes(spec.memory()));
    put(settings, "max_local_read_bandwidth", bytes(spec.readBandwidth()));
    put(settings, "max_local_write_bandwidth", bytes(spec.writeBandwidth()));
    return new CopyLimits(
        Optional.ofNullable(spec.chunksAtOnce()).orElse(CopyLimits.DEFAULT.chunksAtOnce()),
        settings);
  }

  private static void put(Map<String, String> settings, String name, @Nullable Object value) {
    if (value != null) {
      settings.put(name, value.toString());
    }
  }

  private static @Nullable String bytes(@Nullable String quantity) {
    return quantity == null
        ? null
        : Quantity.getAmountInBytes(Quantity.parse(quantity)).toBigInteger().toString();
  }
}
