package com.example.apilog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who a message is, as gatelog's db-sink sees it: the headers that gatelog sends, else the record's own id, else topic, partition and offset. The
 * message's key is no identity.
 */
final class MessageIdentity {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private MessageIdentity() {}

  /** `call` is the message's value, null where that is no JSON object. */
  static UUID idOf(ConsumerRecord<String, String> message, JsonNode call) {
    UUID carried = uuid(header(message, "gatelog-id"));
    if (carried != null) return carried;
    UUID own = call != null && call.path("v").isNumber() && call.path("id").isString() ? uuid(call.get("id").stringValue()) : null;
    return own != null ? own : ofPlace(message);
  }

  /** When the call began; null where no stage of gatelog has said so. */
  static Instant carriedTimeOf(ConsumerRecord<String, String> message) {
    String time = header(message, "gatelog-time");
    if (time == null || uuid(header(message, "gatelog-id")) == null) return null;
    try {
      return Instant.parse(time);
    } catch (DateTimeException unreadable) {
      return null;
    }
  }

  /** UUID version 8 of a SHA-256 over the place, the same that db-sink gives to a message that nobody gave an id. */
  private static UUID ofPlace(ConsumerRecord<String, String> message) {
    String[] place = {"kafka", message.topic(), String.valueOf(message.partition()), String.valueOf(message.offset())};
    ByteBuffer hash = ByteBuffer.wrap(sha256(JSON.writeValueAsString(place) + "\n"));
    long high = (hash.getLong() & ~0xf000L) | 0x8000L;
    long low = (hash.getLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new UUID(high, low);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }

  private static UUID uuid(String text) {
    try {
      return text == null || text.length() != 36 ? null : UUID.fromString(text);
    } catch (IllegalArgumentException noUuid) {
      return null;
    }
  }

  private static String header(ConsumerRecord<String, String> message, String name) {
    Header header = message.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }
}
