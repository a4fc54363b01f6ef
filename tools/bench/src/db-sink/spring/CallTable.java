import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** One of the two tables of calls: inserts, and leaves what is there. */
final class CallTable {
  private final JdbcTemplate jdbc;
  private final List<Column> columns;
  private final boolean isPostgresql;
  private final String sql;

  CallTable(JdbcTemplate jdbc, String table, Settings settings) {
    this.jdbc = jdbc;
    this.columns = settings.columns().stream().filter(column -> column.table().equals(table)).toList();
    this.isPostgresql = settings.dialect().equals("postgresql");
    String names = columns.stream().map(Column::name).collect(Collectors.joining(", "));
    String places = columns.stream().map(column -> "?").collect(Collectors.joining(", "));
    String insert = "INSERT " + (isPostgresql ? "" : "IGNORE ") + "INTO " + table + " (" + names + ") VALUES (" + places + ")";
    this.sql = insert + (isPostgresql ? " ON CONFLICT (event_day, id) DO NOTHING" : "");
  }

  void insert(JsonNode call) {
    jdbc.update(sql, statement -> set(statement, call));
  }

  void insertAll(List<JsonNode> calls) {
    jdbc.batchUpdate(sql, calls, calls.size(), this::set);
  }

  private void set(PreparedStatement statement, JsonNode call) throws SQLException {
    for (int index = 0; index < columns.size(); index += 1) columns.get(index).set(statement, index + 1, call, isPostgresql);
  }
}
