package org.elasticsearch.plugins;

import java.util.List;
import org.elasticsearch.env.Environment;
import org.elasticsearch.transport.netty4.Netty4Plugin;

/** What a node cannot be without, from the class path instead of a directory of modules. */
public final class ClassPathPlugins extends PluginsService {
  private List<LoadedPlugin> plugins;

  public ClassPathPlugins(Environment environment, PluginsLoader loader) {
    super(environment.settings(), environment.configDir(), loader);
  }

  @Override
  protected List<LoadedPlugin> plugins() {
    if (plugins == null) plugins = List.of(loaded("transport-netty4", new Netty4Plugin()), loaded("rest-root", new RootPlugin()));
    return plugins;
  }

  private static LoadedPlugin loaded(String name, Plugin plugin) {
    PluginDescriptor descriptor =
        new PluginDescriptor(
            name, name, "1", "1", "21", plugin.getClass().getName(), null, List.of(), false, false, false, false,
            PluginDescriptor.DeploymentTarget.ALL);
    return new LoadedPlugin(descriptor, plugin, plugin.getClass().getClassLoader());
  }
}
