package com.posthog.asyncmigrations.embedded;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Teaches the server mock what the operator relies on: server-side apply, conflicts on every path,
 * defaults, and the {@code scale} of a Deployment. It turns such requests into plain ones; one
 * request at a time, so that what was read is still so when it is written.
 */
final class FallbackDispatcher extends KubernetesCrudDispatcher {
  private static final String RULES_REVIEWS =
      "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";

  /** Whoever can reach it may do everything. */
  private static final String EVERY_RIGHT =
      """
      {"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "spec": {},
       "status": {"incomplete": false, "nonResourceRules": [],
                  "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]}}
      """;

  private final SchemaDefaults defaults;
  private final Map<Applier, ObjectNode> applied = new HashMap<>();

  FallbackDispatcher(SchemaDefaults defaults) {
    this.defaults = defaults;
  }

  private record Applier(String uid, String subresource, String manager) {}

  @Override
  public synchronized MockResponse dispatch(RecordedRequest request) {
    ApiPath path = ApiPath.of(request.getPath());
    return switch (request.method()) {
      case GET -> path.isFor("scale") ? scale(path) : super.dispatch(request);
      case POST ->
          path.object().equals(RULES_REVIEWS)
              ? answer(HttpURLConnection.HTTP_CREATED, EVERY_RIGHT)
              : create(path.object(), body(request));
      case PUT -> put(path, body(request));
      case PATCH -> patch(path, request);
      default -> super.dispatch(request);
    };
  }

  private MockResponse put(ApiPath path, ObjectNode body) {
    return onCurrent(path, body, current -> body);
  }

  private MockResponse patch(ApiPath path, RecordedRequest request) {
    String type = Optional.ofNullable(request.getHeader("Content-Type")).orElse("");
    if (type.startsWith(PatchType.JSON.getContentType())) {
      return super.dispatch(request);
    }
    ObjectNode body = body(request);
    if (type.startsWith(PatchType.SERVER_SIDE_APPLY.getContentType())) {
      return apply(path, body);
    }
    boolean byName = type.startsWith(PatchType.STRATEGIC_MERGE.getContentType());
    return onCurrent(
        path,
        body,
        current -> byName ? Patches.mergeByName(current, body) : Patches.merge(current, body));
  }

  private MockResponse apply(ApiPath path, ObjectNode body) {
    if (current(path).isEmpty() && path.subresource().isEmpty() && version(body).isEmpty()) {
      MockResponse created = create(path.collection(), body);
      current(path).ifPresent(now -> remember(path, now, statement(path, body)));
      return created;
    }
    return onCurrent(
        path,
        body,
        current -> {
          ObjectNode now = statement(path, body);
          ObjectNode before =
              applied.getOrDefault(applier(path, current), JsonNodeFactory.instance.objectNode());
          remember(path, current, now);
          return Patches.apply(current, before, now);
        });
  }

  private void remember(ApiPath path, ObjectNode current, ObjectNode statement) {
    applied.put(applier(path, current), statement);
  }

  private static Applier applier(ApiPath path, ObjectNode current) {
    return new Applier(
        current.at("/metadata/uid").asText(), path.subresource(), path.parameter("fieldManager"));
  }

  /** What of a body its applier states: without what only identifies the object. */
  private static ObjectNode statement(ApiPath path, ObjectNode body) {
    ObjectNode statement = body.deepCopy();
    if (path.isFor("status")) {
      return statement.retain("status");
    }
    statement.remove("status");
    if (statement.path("metadata") instanceof ObjectNode metadata) {
      metadata.retain("labels", "annotations", "finalizers", "ownerReferences");
    }
    return statement;
  }

  /** What a request makes of the object that is there now. */
  @FunctionalInterface
  private interface Change {
    ObjectNode of(ObjectNode current);
  }

  private MockResponse onCurrent(ApiPath path, ObjectNode body, Change change) {
    Optional<ObjectNode> current = current(path);
    if (current.isEmpty()) {
      return failure(HttpURLConnection.HTTP_NOT_FOUND, "NotFound", path.object() + " not found");
    }
    Optional<String> read = version(body);
    if (read.isPresent() && !read.equals(version(current.get()))) {
      return failure(
          HttpURLConnection.HTTP_CONFLICT,
          "Conflict",
          "the object has been modified; please apply your changes to the latest version");
    }
    if (path.isFor("scale")) {
      return rescale(path, current.get(), body);
    }
    return write(path, change.of(current.get()));
  }

  private MockResponse write(ApiPath path, ObjectNode next) {
    defaults.complete(next);
    MockResponse put = handleUpdate(request(HttpMethod.PUT, path.withSubresource(), next));
    return current(path).map(now -> answer(put.code(), now.toString())).orElse(put);
  }

  private MockResponse create(String collection, ObjectNode body) {
    defaults.complete(body);
    MockResponse created = handleCreate(request(HttpMethod.POST, collection, body));
    if (created.code() != HttpURLConnection.HTTP_CREATED) {
      return created;
    }
    String name = parse(created).at("/metadata/name").asText();
    return current(ApiPath.of(collection + "/" + name))
        .map(now -> answer(created.code(), now.toString()))
        .orElse(created);
  }

  /** Also for what is not in a request: the status of a new resource. */
  @Override
  public void processEvent(
      String path,
      AttributeSet pathAttributes,
      @Nullable AttributeSet oldAttributes,
      @Nullable GenericKubernetesResource resource,
      @Nullable String newState) {
    if (newState == null) {
      super.processEvent(path, pathAttributes, oldAttributes, resource, null);
      return;
    }
    ObjectNode complete = Serialization.unmarshal(newState, ObjectNode.class);
    defaults.complete(complete);
    String state = complete.toString();
    GenericKubernetesResource parsed =
        Serialization.unmarshal(state, GenericKubernetesResource.class);
    super.processEvent(path, pathAttributes, oldAttributes, parsed, state);
  }

  private MockResponse scale(ApiPath path) {
    return current(path)
        .map(now -> answer(HttpURLConnection.HTTP_OK, scaleOf(now).toString()))
        .orElseGet(() -> failure(HttpURLConnection.HTTP_NOT_FOUND, "NotFound", path.object()));
  }

  private MockResponse rescale(ApiPath path, ObjectNode current, ObjectNode scale) {
    ObjectNode next = current.deepCopy();
    ((ObjectNode) next.get("spec")).set("replicas", scale.at("/spec/replicas"));
    handleUpdate(request(HttpMethod.PUT, path.object(), next));
    return scale(path);
  }

  private static ObjectNode scaleOf(ObjectNode deployment) {
    ObjectNode scale = JsonNodeFactory.instance.objectNode();
    scale.put("apiVersion", "autoscaling/v1").put("kind", "Scale");
    scale.set("metadata", deployment.get("metadata").deepCopy());
    scale.putObject("spec").set("replicas", deployment.at("/spec/replicas"));
    scale.putObject("status").put("replicas", deployment.at("/status/replicas").asInt());
    return scale;
  }

  private Optional<ObjectNode> current(ApiPath path) {
    MockResponse found = handleGet(path.object());
    return found.code() == HttpURLConnection.HTTP_OK ? Optional.of(parse(found)) : Optional.empty();
  }

  private static Optional<String> version(ObjectNode object) {
    return Optional.of(object.at("/metadata/resourceVersion").asText("")).filter(v -> !v.isEmpty());
  }

  private static ObjectNode body(RecordedRequest request) {
    return Serialization.unmarshal(request.getUtf8Body(), ObjectNode.class);
  }

  private static ObjectNode parse(MockResponse response) {
    String text = new String(response.getBody().getBytes(), StandardCharsets.UTF_8);
    return Serialization.unmarshal(text, ObjectNode.class);
  }

  private static RecordedRequest request(HttpMethod method, String path, ObjectNode body) {
    return new RecordedRequest(
        "HTTP/1.1",
        method,
        path,
        Headers.builder().build(),
        new Buffer(body.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static MockResponse answer(int code, String body) {
    return new MockResponse().setResponseCode(code).setBody(body);
  }

  private static MockResponse failure(int code, String reason, String message) {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("kind", "Status").put("apiVersion", "v1").put("status", "Failure");
    status.put("reason", reason).put("message", message).put("code", code);
    return answer(code, status.toString());
  }
}
