package org.elasticsearch.node;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClassPathPlugins;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

/** A single Elasticsearch 9 node from its Maven artifacts. Arguments: home directory, HTTP port, transport port. */
public final class ElasticsearchNode extends Node {
  private ElasticsearchNode(Environment environment) {
    super(
        NodeConstruction.prepareConstruction(
            environment,
            PluginsLoader.createPluginsLoader(Set.of(), Set.of(), Map.of(), false),
            new NodeServiceProvider() {
              @Override
              PluginsService newPluginService(Environment initial, PluginsLoader loader) {
                return new ClassPathPlugins(initial, loader);
              }
            },
            true));
  }

  public static void main(String[] args) throws Exception {
    LogConfigurator.configureESLogging();
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
    Node node = new ElasticsearchNode(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "gatelog"));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> { try { node.close(); } catch (Exception ignored) { } }));
    node.start();
    System.out.println("elasticsearch started");
    Thread.currentThread().join();
  }
}
