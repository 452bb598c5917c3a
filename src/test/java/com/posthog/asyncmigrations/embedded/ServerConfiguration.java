package com.posthog.asyncmigrations.embedded;

import com.posthog.asyncmigrations.core.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The server's {@code config.xml} and {@code users.xml}. It waits for a request for longer than the
 * 30 seconds that are usual: a test may hold one back that is on its way.
 */
final class ServerConfiguration {
  private static final String FRAME =
      """
      <clickhouse>
        <query_log>
          <database>system</database><table>query_log</table>
          <flush_interval_milliseconds>1000</flush_interval_milliseconds>
        </query_log>
        <part_log>
          <database>system</database><table>part_log</table>
          <flush_interval_milliseconds>1000</flush_interval_milliseconds>
        </part_log>
        <keep_alive_timeout>600</keep_alive_timeout>
        <users_config>users.xml</users_config>
        <custom_local_disks_base_directory>%s/disks/</custom_local_disks_base_directory>
      %s</clickhouse>
      """;
  private static final String USERS =
      """
      <clickhouse>
        <profiles>
          <default><http_receive_timeout>600</http_receive_timeout></default>
          <look><readonly>2</readonly></look>
          <limited>
            <max_execution_time>1</max_execution_time>
            <max_result_rows>20</max_result_rows>
            <max_rows_to_read>50000</max_rows_to_read>
            <max_rows_to_group_by>1</max_rows_to_group_by>
            <max_table_size_to_drop>1</max_table_size_to_drop>
            <max_partition_size_to_drop>1</max_partition_size_to_drop>
          </limited>
          <hasty><timeout_overflow_mode>break</timeout_overflow_mode></hasty>
          <people>
            <final>1</final>
            <apply_deleted_mask>0</apply_deleted_mask>
            <apply_patch_parts>0</apply_patch_parts>
            <limit>2</limit>
            <session_timezone>Pacific/Auckland</session_timezone>
            <use_query_cache>1</use_query_cache>
            <query_cache_nondeterministic_function_handling>ignore</query_cache_nondeterministic_function_handling>
            <query_cache_system_table_handling>ignore</query_cache_system_table_handling>
            <additional_table_filters>{'t': 'k &lt; 10'}</additional_table_filters>
          </people>
        </profiles>
        <quotas><default/></quotas>
        <users>
          <default>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile><quota>default</quota><access_management>1</access_management>
          </default>
          <%1$s>
            <password_sha256_hex>%2$s</password_sha256_hex>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile><quota>default</quota><access_management>1</access_management>
          </%1$s>
          <limited>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>limited</profile><quota>default</quota>
          </limited>
          <people>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>people</profile><quota>default</quota>
          </people>
          <hasty>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>hasty</profile><quota>default</quota>
          </hasty>
          <guest>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile><quota>default</quota>
            <grants><query>GRANT SELECT ON system.*</query></grants>
          </guest>
          <looker>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>look</profile><quota>default</quota>
          </looker>
          <reader>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile><quota>default</quota>
            <grants><query>GRANT SELECT ON *.*</query></grants>
          </reader>
          <blinkered>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile><quota>default</quota>
            <databases><blinkers><t><filter>k %% 2 = 0</filter></t></blinkers></databases>
          </blinkered>
          <mover>
            <password></password>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile><quota>default</quota>
            <grants>
              <query>GRANT SELECT, INSERT, CREATE TABLE, DROP TABLE, TRUNCATE, ALTER DELETE, ALTER SETTINGS ON *.*</query>
              <query>GRANT TABLE ENGINE ON MergeTree</query>
            </grants>
          </mover>
        </users>
      </clickhouse>
      """;

  private ServerConfiguration() {}

  /** Writes the files, for nobody else to read, and returns the first that the server reads. */
  static Path write(ServerOptions options, Path directory) throws IOException {
    Credentials user = options.user();
    write(directory.resolve("users.xml"), USERS.formatted(user.user(), sha256(user.password())));
    return write(directory.resolve("config.xml"), settings(options, directory));
  }

  private static Path write(Path file, String text) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, text);
  }

  private static String settings(ServerOptions options, Path directory) {
    return FRAME.formatted(
        directory, options.cluster().map(cluster -> cluster(cluster, options)).orElse(""));
  }

  private static String cluster(ServerOptions.Cluster cluster, ServerOptions options) {
    StringBuilder xml = new StringBuilder("  <remote_servers><" + cluster.name() + ">\n");
    StringBuilder macros = new StringBuilder();
    for (int shard = 0; shard < cluster.shards().size(); shard++) {
      List<ServerAddress> replicas = cluster.shards().get(shard);
      xml.append("    <shard>\n");
      for (int replica = 0; replica < replicas.size(); replica++) {
        xml.append(replica(replicas.get(replica), options.user()));
        if (replicas.get(replica).equals(options.address())) {
          macros.append(
              "  <macros><shard>%d</shard><replica>%d</replica></macros>\n"
                  .formatted(shard + 1, replica + 1));
        }
      }
      xml.append("    </shard>\n");
    }
    return xml + "  </" + cluster.name() + "></remote_servers>\n" + macros;
  }

  private static String replica(ServerAddress address, Credentials user) {
    return "      <replica><host>%s</host><port>%d</port><user>%s</user><password>%s</password></replica>\n"
        .formatted(address.host(), address.tcpPort(), user.user(), escaped(user.password()));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
