package com.posthog.asyncmigrations.core.copy;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How far the copy of a table is.
 *
 * @param source identity of the table that is copied, whatever it is called by now
 * @param target identity of the table that it is copied to
 * @param shape what the source's columns and settings were like when the copy began
 * @param round the round under way, from 0
 * @param partitions of the source, by their ids, as far as the rounds so far have planned them
 * @param swap how far the two tables have been exchanged
 * @param besides how many rows the target had when the copy began that the source had not, less
 *     those that it lacked: on the way back of an exchange
 */
public record CopyState(
    String source,
    String target,
    String shape,
    int round,
    NavigableMap<String, Partition> partitions,
    Optional<Swap> swap,
    long besides) {

  /**
   * The exchange of the two tables.
   *
   * @param stage how far it is
   * @param sourceUpTo the newest block of each partition of the source that was copied before it
   * @param targetUpTo the newest block of each partition of the target before it
   */
  public record Swap(
      Stage stage, NavigableMap<String, Long> sourceUpTo, NavigableMap<String, Long> targetUpTo) {
    /** Keeps copies. */
    public Swap {
      sourceUpTo = new TreeMap<>(sourceUpTo);
      targetUpTo = new TreeMap<>(targetUpTo);
    }

    /** Whether the names were exchanged, for certain. */
    public boolean exchanged() {
      return stage != Stage.EXCHANGING;
    }
  }

  /** Keeps a copy. */
  public CopyState {
    partitions = new TreeMap<>(partitions);
  }

  /**
   * A partition of the source.
   *
   * @param upTo rows up to this block are planned
   * @param mutation version of the newest mutation that it had: another one has changed its rows
   * @param again how many times it was begun anew because its rows were changed
   */
  public record Partition(long upTo, long mutation, int again) {}

  /** How far the exchange is. */
  public enum Stage {
    /** The exchange may have been done. */
    EXCHANGING,
    /** The target has the source's name; what was still on its way to the source is being moved. */
    EXCHANGED,
    /** The late rows are in. */
    DONE
  }

  /** One that has planned nothing, to a target that has nothing. */
  public static CopyState begin(String source, String target, String shape) {
    return begin(source, target, shape, 0);
  }

  /**
   * One that has planned nothing, to a target that had so many rows besides those of the source.
   */
  public static CopyState begin(String source, String target, String shape, long besides) {
    return new CopyState(source, target, shape, 0, new TreeMap<>(), Optional.empty(), besides);
  }

  /** The newest block of a partition that is planned; -1: none is. */
  public long upTo(String partition) {
    Partition known = partitions.get(partition);
    return known == null ? -1 : known.upTo();
  }

  /** The newest block of each partition that is planned. */
  public NavigableMap<String, Long> upTo() {
    NavigableMap<String, Long> upTo = new TreeMap<>();
    partitions.forEach((id, partition) -> upTo.put(id, partition.upTo()));
    return upTo;
  }

  /** The same, whose round so plans these partitions as well. */
  public CopyState planned(int inRound, Map<String, Partition> more) {
    NavigableMap<String, Partition> all = new TreeMap<>(partitions);
    all.putAll(more);
    return new CopyState(source, target, shape, inRound, all, swap, besides);
  }

  /** The same, in which no partition was begun anew yet. */
  public CopyState countedAnew() {
    NavigableMap<String, Partition> all = new TreeMap<>();
    partitions.forEach((id, p) -> all.put(id, new Partition(p.upTo(), p.mutation(), 0)));
    return planned(round, all);
  }

  /** The same, about to be exchanged with a target of these newest blocks. */
  public CopyState exchanging(NavigableMap<String, Long> targetUpTo) {
    return with(new Swap(Stage.EXCHANGING, upTo(), targetUpTo));
  }

  /** The same, whose exchange is so far. */
  public CopyState at(Stage stage) {
    Swap now = swap.orElseThrow();
    return with(new Swap(stage, now.sourceUpTo(), now.targetUpTo()));
  }

  private CopyState with(Swap next) {
    return new CopyState(source, target, shape, round, partitions, Optional.of(next), besides);
  }
}
