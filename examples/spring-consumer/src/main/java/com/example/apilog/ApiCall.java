package com.example.apilog;

import java.time.Instant;
import java.util.UUID;

/** A row of api_call. Everything but the id may be null; of what could not be read there are only parseError and rawLine. */
public record ApiCall(
    UUID id,
    Instant requestTime,
    String project,
    String route,
    Boolean success,
    Double durationMs,
    Integer status,
    String httpMethod,
    String url,
    String path,
    String requestContent,
    String responseContent,
    String parseError,
    String rawLine) {

  static ApiCall unreadable(UUID id, Instant requestTime, String parseError, String rawLine) {
    return new ApiCall(id, requestTime, null, null, null, null, null, null, null, null, null, null, parseError, rawLine);
  }
}
