package com.example.apilog;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;

/** Inserts calls, and leaves those that are there: a message may come twice. */
@Repository
public class ApiCallTable {
  private static final String SQL =
      """
      INSERT INTO api_call (id, request_time, project, route, success, duration_ms, status, http_method, url, path,
        request_content, response_content, parse_error, raw_line)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO NOTHING""";

  private final JdbcTemplate jdbc;

  public ApiCallTable(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  /** In one transaction, in the order of the key: two consumers that write the same rows cannot deadlock. */
  @Transactional
  public void insertAll(List<ApiCall> calls) {
    List<ApiCall> sorted = calls.stream().sorted(Comparator.comparing(ApiCall::id)).toList();
    jdbc.batchUpdate(SQL, sorted, sorted.size(), ApiCallTable::bind);
  }

  private static void bind(PreparedStatement statement, ApiCall call) throws SQLException {
    statement.setObject(1, call.id());
    statement.setObject(2, offset(call.requestTime()), Types.TIMESTAMP_WITH_TIMEZONE);
    statement.setString(3, call.project());
    statement.setString(4, call.route());
    statement.setObject(5, call.success(), Types.BOOLEAN);
    statement.setObject(6, call.durationMs(), Types.DOUBLE);
    statement.setObject(7, call.status(), Types.INTEGER);
    statement.setString(8, call.httpMethod());
    statement.setString(9, call.url());
    statement.setString(10, call.path());
    statement.setString(11, call.requestContent());
    statement.setString(12, call.responseContent());
    statement.setString(13, call.parseError());
    statement.setString(14, call.rawLine());
  }

  private static Object offset(Instant time) {
    return time == null ? null : time.atOffset(ZoneOffset.UTC);
  }
}
