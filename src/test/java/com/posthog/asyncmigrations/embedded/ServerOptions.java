package com.posthog.asyncmigrations.embedded;

import com.posthog.asyncmigrations.core.Credentials;
import java.util.List;
import java.util.Optional;

/**
 * What a server is started with.
 *
 * @param user a user with a password, who may do everything; the user {@code default} needs none,
 *     and {@code guest}, who needs none either, may read system tables only; {@code looker} may do
 *     everything but is read-only, {@code reader} may read, and {@code mover} may do what a copy of
 *     a table needs; the profile of {@code limited} is meant for people who ask short questions
 * @param cluster the cluster that it is a part of
 */
public record ServerOptions(ServerAddress address, Credentials user, Optional<Cluster> cluster) {

  /**
   * A cluster as all of its servers know it.
   *
   * @param shards the replicas of each shard
   */
  public record Cluster(String name, List<List<ServerAddress>> shards) {}

  /** A server of its own, on free ports. */
  public static ServerOptions single(Credentials user) {
    return new ServerOptions(ServerAddress.free(), user, Optional.empty());
  }
}
