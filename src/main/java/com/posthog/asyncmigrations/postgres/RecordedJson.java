package com.posthog.asyncmigrations.postgres;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.Undo;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is remembered, as JSON: the plan apart, because it is long and never changes. What another
 * version of the operator wrote can be read: fields that are new are passed over, lists that are
 * not there yet are empty, and a word that is new is an internal error.
 */
final class RecordedJson {
  private static final String RUN = "run";
  private static final String PLAN = "plan";

  private final ObjectMapper mapper = mapper();

  /** All but the plan. */
  String state(Recorded recorded) {
    ObjectNode tree = mapper.valueToTree(recorded);
    if (tree.get(RUN) instanceof ObjectNode run) {
      run.remove(PLAN);
    }
    return tree.toString();
  }

  /** The plan. */
  String plan(Plan plan) {
    return mapper.valueToTree(plan).toString();
  }

  /**
   * Both together.
   *
   * @param plan present when there was a run
   * @throws IllegalStateException when it is not what this operator writes
   */
  Recorded read(String state, Optional<String> plan) {
    try {
      ObjectNode tree = (ObjectNode) mapper.readTree(state);
      if (tree.get(RUN) instanceof ObjectNode run && plan.isPresent()) {
        run.set(PLAN, mapper.readTree(plan.get()));
      }
      return mapper.treeToValue(tree, Recorded.class);
    } catch (JsonProcessingException unreadable) {
      throw new IllegalStateException("the ledger cannot be read", unreadable);
    }
  }

  /** How everything in the ledger is written. */
  static ObjectMapper mapper() {
    return JsonMapper.builder()
        .addModules(new Jdk8Module(), new JavaTimeModule())
        .addMixIn(Step.class, RecordedJsonTypes.OfStep.class)
        .addMixIn(Undo.class, RecordedJsonTypes.OfUndo.class)
        .addMixIn(Reason.class, RecordedJsonTypes.OfReason.class)
        .defaultPropertyInclusion(
            JsonInclude.Value.empty().withValueInclusion(JsonInclude.Include.NON_ABSENT))
        .withConfigOverride(
            Map.class, o -> o.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
        .withConfigOverride(
            List.class, o -> o.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
        .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE)
        .build();
  }
}
