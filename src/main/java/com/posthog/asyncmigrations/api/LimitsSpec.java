package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/**
 * What copies of tables may take of the ClickHouse servers. It is no part of the plan: it may be
 * changed while a run goes on, and holds from the next chunk.
 */
public record LimitsSpec(
    @Min(1)
        @Max(64)
        @JsonPropertyDescription(
            "How many chunks are copied and verified at the same time on a shard. Default: 2, so that one is verified"
                + " while the next one is copied.")
        Integer chunksAtOnce,
    @Min(1)
        @Max(64)
        @JsonPropertyDescription(
            "Threads that insert, for each chunk (max_insert_threads). Default: what was fastest for the first chunks.")
        Integer insertThreads,
    @Min(1)
        @Max(512)
        @JsonPropertyDescription(
            "Threads that read and hash, for each chunk (max_threads). Default: as the server says.")
        Integer readThreads,
    @Size(min = 1, max = 20)
        @Pattern("^[1-9][0-9]{0,14}(Ki|Mi|Gi|Ti)?$")
        @JsonPropertyDescription(
            "Bytes of memory for each statement, for example 8Gi (max_memory_usage); a chunk that needs more is halved.")
        String memory,
    @Size(min = 1, max = 20)
        @Pattern("^[1-9][0-9]{0,14}(Ki|Mi|Gi|Ti)?$")
        @JsonPropertyDescription(
            "Bytes a second that each chunk may read from local disks, for example 100Mi (max_local_read_bandwidth).")
        String readBandwidth,
    @Size(min = 1, max = 20)
        @Pattern("^[1-9][0-9]{0,14}(Ki|Mi|Gi|Ti)?$")
        @JsonPropertyDescription(
            "Bytes a second that each chunk may write to local disks (max_local_write_bandwidth).")
        String writeBandwidth) {}
