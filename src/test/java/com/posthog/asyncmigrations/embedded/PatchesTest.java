package com.posthog.asyncmigrations.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

final class PatchesTest {
  @Test
  void whatIsAppliedIsSet() {
    assertThat(Patches.apply(json("{a: 1, b: {c: 2}}"), json("{}"), json("{b: {d: 3}, e: [1]}")))
        .isEqualTo(json("{a: 1, b: {c: 2, d: 3}, e: [1]}"));
  }

  @Test
  void whatIsNoLongerAppliedGoesAway() {
    assertThat(
            Patches.apply(
                json("{a: 1, b: {c: 2, d: 3}, e: {f: 4}}"),
                json("{b: {c: 2, d: 3}, e: {f: 4}}"),
                json("{b: {d: 3}}")))
        .isEqualTo(json("{a: 1, b: {d: 3}}"));
  }

  @Test
  void whatAnotherHasSetBesideItStays() {
    assertThat(Patches.apply(json("{a: {mine: 1, other: 2}}"), json("{a: {mine: 1}}"), json("{}")))
        .isEqualTo(json("{a: {other: 2}}"));
  }

  @Test
  void anAppliedListIsOneValue() {
    assertThat(Patches.apply(json("{a: [1, 2]}"), json("{a: [1, 2]}"), json("{a: [3]}")))
        .isEqualTo(json("{a: [3]}"));
  }

  @Test
  void nullTakesAway() {
    assertThat(Patches.merge(json("{a: {b: 1, c: 2}}"), json("{a: {b: null}}")))
        .isEqualTo(json("{a: {c: 2}}"));
  }

  @Test
  void thingsWithNamesAreMergedOneByOne() {
    assertThat(
            Patches.mergeByName(
                json("{l: [{name: a, x: 1, y: 2}, {name: b}]}"),
                json("{l: [{name: a, x: 3, y: null}, {name: c}]}")))
        .isEqualTo(json("{l: [{name: a, x: 3}, {name: b}, {name: c}]}"));
    assertThat(Patches.merge(json("{l: [{name: a, x: 1}]}"), json("{l: [{name: a}]}")))
        .as("but not by a JSON merge patch")
        .isEqualTo(json("{l: [{name: a}]}"));
  }

  private static ObjectNode json(String yaml) {
    return Serialization.unmarshal("---\n" + yaml, ObjectNode.class);
  }
}
