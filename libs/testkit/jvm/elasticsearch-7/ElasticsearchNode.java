import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.mapper.MapperExtrasPlugin;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.reindex.ReindexPlugin;
import org.elasticsearch.transport.Netty4Plugin;

/** A single Elasticsearch node from its Maven artifacts. Arguments: home directory, HTTP port, transport port. */
public final class ElasticsearchNode extends Node {
  private ElasticsearchNode(Settings settings, Path home) {
    super(
        InternalSettingsPreparer.prepareEnvironment(settings, Collections.emptyMap(), home.resolve("config"), () -> "gatelog"),
        List.of(Netty4Plugin.class, ReindexPlugin.class, MapperExtrasPlugin.class),
        true);
  }

  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]);
    Settings settings =
        Settings.builder()
            .put("path.home", home)
            .put("cluster.name", "gatelog")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", args[1])
            .put("transport.port", args[2])
            .put("transport.type", "netty4")
            .put("http.type", "netty4")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("action.destructive_requires_name", false)
            .build();
    Node node = new ElasticsearchNode(settings, home);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> { try { node.close(); } catch (Exception ignored) { } }));
    node.start();
    System.out.println("elasticsearch started");
    Thread.currentThread().join();
  }
}
