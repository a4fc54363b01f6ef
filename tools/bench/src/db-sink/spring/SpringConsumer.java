import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/** Reads a topic into the tables by spring-kafka, concurrency 1, and ends when it is told to. */
@Configuration(proxyBeanMethods = false)
@EnableKafka
public class SpringConsumer {

  public static void main(String[] args) throws Exception {
    Settings settings = Settings.read(Path.of(args[0]));
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    boolean isBatch = settings.mode().equals("batch");
    Map<String, Object> properties = Map.of("topic", settings.topic(), "isBatch", isBatch, "isRecord", !isBatch);
    context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("bench", properties));
    context.registerBean(Settings.class, () -> settings);
    context.register(SpringConsumer.class);
    context.refresh();
    Thread.currentThread().join();
  }

  @Bean
  static PropertySourcesPlaceholderConfigurer placeholders() {
    return new PropertySourcesPlaceholderConfigurer();
  }

  @Bean
  DataSource dataSource(Settings settings) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(settings.jdbcUrl());
    config.setUsername(settings.user());
    config.setPassword(settings.password());
    return new HikariDataSource(config);
  }

  @Bean
  Listeners listeners(DataSource dataSource, Settings settings) {
    JdbcTemplate jdbc = new JdbcTemplate(dataSource);
    return new Listeners(
        new TransactionTemplate(new JdbcTransactionManager(dataSource)),
        new CallTable(jdbc, "interface_log", settings),
        new CallTable(jdbc, "interface_body", settings),
        new Progress(settings.messages()));
  }

  @Bean
  ConcurrentKafkaListenerContainerFactory<Object, Object> records(Settings settings) {
    return factory(settings, Map.of());
  }

  @Bean
  ConcurrentKafkaListenerContainerFactory<Object, Object> batches(Settings settings) {
    ConcurrentKafkaListenerContainerFactory<Object, Object> factory =
        factory(settings, Map.of(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.maxPollRecords()));
    factory.setBatchListener(true);
    return factory;
  }

  private static ConcurrentKafkaListenerContainerFactory<Object, Object> factory(Settings settings, Map<String, Object> besides) {
    Map<String, Object> properties = new HashMap<>(besides);
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.brokers());
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, settings.group());
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    ConcurrentKafkaListenerContainerFactory<Object, Object> factory = new ConcurrentKafkaListenerContainerFactory<>();
    factory.setConsumerFactory(new DefaultKafkaConsumerFactory<>(properties));
    return factory;
  }
}
