import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import tools.jackson.databind.JsonNode;

/** A column of a table, and the field of the record that it holds. */
record Column(String table, String name, String field, String type) {

  /** A line of the bench's list, separated by tabs. */
  static Column parse(String line) {
    String[] parts = line.split("\t", -1);
    return new Column(parts[0], parts[1], parts[2], parts[3]);
  }

  void set(PreparedStatement statement, int index, JsonNode call, boolean isPostgresql) throws SQLException {
    JsonNode value = call.get(field);
    if (value == null || value.isNull()) {
      statement.setNull(index, isPostgresql ? Types.OTHER : Types.NULL);
      return;
    }
    switch (type) {
      case "day" -> statement.setObject(index, LocalDate.parse(value.stringValue().substring(0, 10)));
      case "timestamp" -> statement.setObject(index, time(value.stringValue(), isPostgresql));
      case "integer" -> statement.setInt(index, value.intValue());
      case "bigint" -> statement.setLong(index, value.longValue());
      case "real" -> statement.setDouble(index, value.doubleValue());
      case "boolean" -> statement.setBoolean(index, value.booleanValue());
      case "json" -> setOther(statement, index, value.toString(), isPostgresql);
      case "uuid" -> setOther(statement, index, value.stringValue(), isPostgresql);
      default -> statement.setString(index, value.stringValue());
    }
  }

  private static Object time(String text, boolean isPostgresql) {
    OffsetDateTime time = OffsetDateTime.parse(text);
    return isPostgresql ? time : LocalDateTime.ofInstant(time.toInstant(), ZoneOffset.UTC);
  }

  private static void setOther(PreparedStatement statement, int index, String text, boolean isPostgresql) throws SQLException {
    if (isPostgresql) statement.setObject(index, text, Types.OTHER);
    else statement.setString(index, text);
  }
}
