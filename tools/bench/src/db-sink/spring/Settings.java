import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/** What the bench asks of one run; see spring.ts. */
record Settings(
    String brokers,
    String topic,
    String group,
    String mode,
    String dialect,
    String jdbcUrl,
    String user,
    String password,
    int messages,
    int maxPollRecords,
    List<Column> columns) {

  static Settings read(Path file) throws IOException {
    Properties values = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      values.load(reader);
    }
    List<Column> columns = Files.readAllLines(Path.of(values.getProperty("columns"))).stream().map(Column::parse).toList();
    return new Settings(
        values.getProperty("brokers"),
        values.getProperty("topic"),
        values.getProperty("group"),
        values.getProperty("mode"),
        values.getProperty("dialect"),
        values.getProperty("jdbcUrl"),
        values.getProperty("user"),
        values.getProperty("password"),
        Integer.parseInt(values.getProperty("messages")),
        Integer.parseInt(values.getProperty("maxPollRecords")),
        columns);
  }
}
