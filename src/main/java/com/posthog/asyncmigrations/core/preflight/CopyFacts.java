package com.posthog.asyncmigrations.core.preflight;

import java.util.List;

/**
 * What was measured of a table that is to be copied.
 *
 * @param shards one for each, as its rows are on the server that would copy them
 * @param stores the disks that get the copy: of one server of each shard, or of every replica
 */
public record CopyFacts(List<Shard> shards, List<Store> stores) {
  /** Keeps copies. */
  public CopyFacts {
    shards = List.copyOf(shards);
    stores = List.copyOf(stores);
  }

  /**
   * The table on one shard.
   *
   * @param threads that a query may have there
   */
  public record Shard(String name, int threads, List<Partition> partitions) {
    /** Keeps a copy. */
    public Shard {
      partitions = List.copyOf(partitions);
    }
  }

  /**
   * A partition of it.
   *
   * @param bytes on disk
   * @param uncompressed bytes of its columns as they are in memory, about
   * @param chunks that it would be copied in
   */
  public record Partition(String id, long rows, long bytes, long uncompressed, long chunks) {}

  /**
   * The disks of a storage policy on a server.
   *
   * @param table bytes that the table has on that server
   */
  public record Store(String node, String policy, long table, long free, long total) {}
}
