package com.example.apilog;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes the row of a message, whether its value is a record of gatelog (`value: raw`) or the seven fields of the article (`value: seed`, or
 * nginx's own lines). Nothing is refused: what is neither is kept as it came, with the reason.
 */
@Component
public class ApiCallReader {
  private static final DateTimeFormatter SEED_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private final JsonMapper json = JsonMapper.builder().build();
  private final ApiLogProperties properties;

  public ApiCallReader(ApiLogProperties properties) {
    this.properties = properties;
  }

  /** A pure function of the message: one that comes again has the same id. */
  public ApiCall read(ConsumerRecord<String, String> message) {
    JsonNode call = parse(message.value());
    UUID id = MessageIdentity.idOf(message, call);
    Instant carriedTime = MessageIdentity.carriedTimeOf(message);
    if (call == null) return ApiCall.unreadable(id, carriedTime, "not a JSON object", message.value());
    Instant ownTime = instantOf(call);
    Instant time = carriedTime == null ? ownTime : carriedTime;
    if (call.has("v")) return ofRecord(id, time, call);
    if (call.has("requestURL")) return ofSeed(id, time, call);
    return ApiCall.unreadable(id, time, "neither a record nor the seven fields", message.value());
  }

  private ApiCall ofRecord(UUID id, Instant time, JsonNode call) {
    return new ApiCall(
        id,
        time,
        text(call, "project"),
        text(call, "route"),
        call.path("success").isBoolean() ? call.get("success").booleanValue() : null,
        call.path("durationMs").isNumber() ? call.get("durationMs").doubleValue() : null,
        status(call),
        text(call, "method"),
        text(call, "url"),
        text(call, "path"),
        text(call, "requestContent"),
        text(call, "responseContent"),
        null,
        null);
  }

  /** `method` of the seven fields is the path. */
  private ApiCall ofSeed(UUID id, Instant time, JsonNode call) {
    Integer status = status(call);
    Boolean success = status == null ? null : Boolean.valueOf(status < 400);
    String url = text(call, "requestURL");
    String path = text(call, "method");
    String request = text(call, "requestContent");
    return new ApiCall(id, time, null, null, success, null, status, null, url, path, request, text(call, "responseContent"), null, null);
  }

  private JsonNode parse(String value) {
    if (value == null) return null;
    try {
      JsonNode node = json.readTree(value);
      return node.isObject() ? node : null;
    } catch (JacksonException notJson) {
      return null;
    }
  }

  private Instant instantOf(JsonNode call) {
    String time = text(call, "requestTime");
    if (time == null) return null;
    try {
      if (call.has("v")) return OffsetDateTime.parse(time).toInstant();
      return LocalDateTime.parse(time, SEED_TIME).atZone(properties.seedTimeZone()).toInstant();
    } catch (DateTimeException unreadable) {
      return null;
    }
  }

  private static Integer status(JsonNode call) {
    try {
      String status = text(call, "status");
      return status == null ? null : Integer.valueOf(status);
    } catch (NumberFormatException noNumber) {
      return null;
    }
  }

  /** Of a value that is text or a number; the article's `-` means that there is none. */
  private static String text(JsonNode call, String field) {
    JsonNode value = call.get(field);
    if (value == null || !value.isValueNode() || value.isNull()) return null;
    String text = value.asString();
    return text.equals("-") && !call.has("v") ? null : text;
  }
}
