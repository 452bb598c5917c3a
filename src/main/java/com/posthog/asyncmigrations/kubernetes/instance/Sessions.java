package com.posthog.asyncmigrations.kubernetes.instance;

import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseEntry;
import com.posthog.asyncmigrations.clickhouse.NodeAddress;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Redaction;
import com.posthog.asyncmigrations.kubernetes.watch.Copies;
import com.posthog.asyncmigrations.operation.copy.CopyControls;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.Items;
import com.posthog.asyncmigrations.postgres.Leases;
import com.posthog.asyncmigrations.postgres.Ledger;
import com.posthog.asyncmigrations.postgres.PlanReports;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Schema;
import com.posthog.asyncmigrations.posthog.PostHogTables;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a session for each instance, and opens another one when the spec or the credentials have
 * changed.
 */
public final class Sessions implements AutoCloseable {
  private final SecretReader secrets;
  private final String process;
  private final Clock clock;
  private final Map<String, Opened> opened = new ConcurrentHashMap<>();

  /** An instance is connected by one thread at a time; others do not wait for it. */
  private final Map<String, Object> locks = new ConcurrentHashMap<>();

  /**
   * Opens sessions with the credentials in these Secrets.
   *
   * @param process a name that no other process has, nor this one after a restart
   */
  public Sessions(Copies<Secret> secrets, String process, Clock clock) {
    this.secrets = new SecretReader(secrets);
    this.process = process;
    this.clock = clock;
  }

  /** What a session is made from; the rest of a spec may change without one being made anew. */
  private record Login(
      PostHogInstanceSpec.ClickHouse clickHouse,
      PostHogInstanceSpec.Postgres postgres,
      Credentials clickHouseCredentials,
      Credentials postgresCredentials) {
    @Override
    public String toString() {
      return "Login";
    }
  }

  private record Opened(PostHogInstance instance, Login login, Session session) {}

  /**
   * The session of an instance. One that works is kept until another one does: a Secret with a
   * wrong password is reported, and disturbs nothing that runs.
   *
   * @throws ProblemException when a Secret is missing, or a database cannot be used
   */
  public Session open(PostHogInstance instance) {
    String key = key(instance);
    synchronized (locks.computeIfAbsent(key, k -> new Object())) {
      Optional<Opened> current = Optional.ofNullable(opened.get(key));
      Login login = login(instance);
      if (current.filter(o -> o.login().equals(login)).isPresent()) {
        return current.get().session();
      }
      Session session = connect(login, current.isPresent());
      opened.put(key, new Opened(instance, login, session));
      current.map(Opened::session).ifPresent(Session::close);
      return session;
    }
  }

  /**
   * The same for a migration that must end whatever became of the instance: the session that was
   * there, where no new one can be had.
   */
  public Session openOrKept(PostHogInstance instance) {
    try {
      return open(instance);
    } catch (ProblemException refused) {
      return Optional.ofNullable(opened.get(key(instance)))
          .map(Opened::session)
          .orElseThrow(() -> refused);
    }
  }

  /** An instance that may be gone, as it was when its session was opened. */
  public Optional<PostHogInstance> lastSeen(String namespace, String name) {
    return Optional.ofNullable(opened.get(namespace + "/" + name)).map(Opened::instance);
  }

  /** The instance is gone: what it was connected to is let go, unless a run still needs it. */
  public void close(String namespace, String name) {
    String key = namespace + "/" + name;
    synchronized (locks.computeIfAbsent(key, k -> new Object())) {
      Optional.ofNullable(opened.get(key))
          .filter(o -> o.session().leases().count() == 0)
          .ifPresent(
              o -> {
                opened.remove(key);
                o.session().close();
              });
    }
  }

  /** How many leases this process holds, over all instances. */
  public int leasesHeld() {
    return opened.values().stream().mapToInt(o -> o.session().leases().count()).sum();
  }

  /**
   * Connects.
   *
   * @param proven whether ClickHouse must have answered too, because a session waits to be replaced
   */
  private Session connect(Login login, boolean proven) {
    PostHogInstanceSpec.Postgres spec = login.postgres();
    Redaction redaction = Redaction.of(login.clickHouseCredentials(), login.postgresCredentials());
    PostgresDatabase postgres =
        new PostgresDatabase(
            spec.host(),
            spec.port(),
            spec.database(),
            spec.sslMode().name(),
            login.postgresCredentials(),
            redaction);
    ClickHouseCluster clickHouse = new ClickHouseCluster(entry(login), redaction);
    try {
      postgres.probe();
      new Schema(postgres).upgrade();
      if (proven) {
        clickHouse.nodes();
      }
    } catch (RuntimeException refused) {
      postgres.close();
      clickHouse.close();
      throw refused;
    }
    return new Session(
        clickHouse,
        postgres,
        new Leases(postgres, process, clock, System::nanoTime, Leases.Times.DEFAULT),
        new Ledger(postgres, process),
        new Items(postgres),
        new Backends(postgres, clock),
        new PostHogTables(postgres, clock),
        new CopyControls(),
        new PlanReports(postgres));
  }

  private static ClickHouseEntry entry(Login login) {
    PostHogInstanceSpec.ClickHouse spec = login.clickHouse();
    List<NodeAddress> nodes =
        Optional.ofNullable(spec.nodes()).orElse(List.of()).stream()
            .map(
                n ->
                    new NodeAddress(
                        n.shard(),
                        n.replica(),
                        n.host(),
                        Optional.ofNullable(n.httpPort()).orElse(spec.httpPort())))
            .toList();
    return new ClickHouseEntry(
        spec.host(),
        spec.httpPort(),
        spec.secure(),
        spec.database(),
        Optional.ofNullable(spec.cluster()),
        nodes,
        login.clickHouseCredentials());
  }

  private Login login(PostHogInstance instance) {
    PostHogInstanceSpec spec = instance.getSpec();
    return new Login(
        spec.clickhouse(),
        spec.postgres(),
        secrets.read(instance, spec.clickhouse().credentials()),
        secrets.read(instance, spec.postgres().credentials()));
  }

  private static String key(PostHogInstance instance) {
    return instance.getMetadata().getNamespace() + "/" + instance.getMetadata().getName();
  }

  @Override
  public void close() {
    opened.values().forEach(o -> o.session().close());
    opened.clear();
  }
}
