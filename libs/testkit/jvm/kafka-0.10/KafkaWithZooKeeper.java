import org.I0Itec.zkclient.ZkClient;
import org.apache.zookeeper.server.ServerConfig;
import org.apache.zookeeper.server.ZooKeeperServerMain;

/** A broker and the ZooKeeper that it needs, in one process: <zookeeper.properties> <server.properties>. */
public final class KafkaWithZooKeeper {
  public static void main(String[] arguments) throws Exception {
    ServerConfig config = new ServerConfig();
    config.parse(arguments[0]);
    Thread zooKeeper = new Thread(() -> run(config), "zookeeper");
    zooKeeper.setDaemon(true);
    zooKeeper.start();
    forgetKilledBroker("127.0.0.1:" + config.getClientPortAddress().getPort());
    kafka.Kafka.main(new String[] {arguments[1]});
  }

  /** After a kill the broker's old session would keep it out until it has ended. */
  private static void forgetKilledBroker(String address) {
    ZkClient client = new ZkClient(address, 10_000, 10_000);
    client.delete("/brokers/ids/1");
    client.close();
  }

  private static void run(ServerConfig config) {
    try {
      new ZooKeeperServerMain().runFromConfig(config);
    } catch (Exception error) {
      error.printStackTrace();
      System.exit(1);
    }
  }
}
