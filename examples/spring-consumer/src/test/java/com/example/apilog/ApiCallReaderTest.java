package com.example.apilog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class ApiCallReaderTest {
  private static final String ID = "0199a1b2-c3d4-7000-b000-000000000001";
  private final ApiCallReader reader = new ApiCallReader(new ApiLogProperties("kerry", "kerry.apilog.dlt", ZoneId.of("Asia/Shanghai")));

  @Test
  void readsARecordWithTheIdentityOfItsHeaders() {
    ConsumerRecord<String, String> message =
        message("{\"v\":1,\"id\":\"0199a1b2-c3d4-7000-b000-000000000002\",\"requestTime\":\"2026-11-26T10:00:00.5+08:00\",\"status\":201,\"durationMs\":1.5}");
    message.headers().add("gatelog-id", ID.getBytes(StandardCharsets.UTF_8));
    message.headers().add("gatelog-time", "2026-11-26T02:00:00.500Z".getBytes(StandardCharsets.UTF_8));
    ApiCall call = reader.read(message);
    assertThat(call.id()).hasToString(ID);
    assertThat(call.requestTime()).isEqualTo(Instant.parse("2026-11-26T02:00:00.500Z"));
    assertThat(call.status()).isEqualTo(201);
    assertThat(call.durationMs()).isEqualTo(1.5);
  }

  @Test
  void readsARecordWithoutHeadersByItsOwnId() {
    ApiCall call = reader.read(message("{\"v\":1,\"id\":\"" + ID + "\",\"requestTime\":\"2026-11-26T10:00:00+08:00\"}"));
    assertThat(call.id()).hasToString(ID);
    assertThat(call.requestTime()).isEqualTo(Instant.parse("2026-11-26T02:00:00Z"));
  }

  @Test
  void readsTheSevenFieldsInTheirTimeZone() {
    ApiCall call =
        reader.read(
            message(
                "{\"status\":\"200\",\"requestTime\":\"2018-10-12 09:40:02\",\"responseTime\":\"2018-10-12 09:40:02\","
                    + "\"requestURL\":\"http://host:9000/springboot-demo/hello\",\"method\":\"/springboot-demo/hello\","
                    + "\"requestContent\":\"这是对kafka的测试\",\"responseContent\":\"-\"}"));
    assertThat(call.requestTime()).isEqualTo(Instant.parse("2018-10-12T01:40:02Z"));
    assertThat(call.path()).isEqualTo("/springboot-demo/hello");
    assertThat(call.requestContent()).isEqualTo("这是对kafka的测试");
    assertThat(call.responseContent()).isNull();
    assertThat(call.success()).isTrue();
  }

  @Test
  void givesAMessageThatNobodyNamedTheIdThatDbSinkGivesIt() {
    assertThat(reader.read(message("no JSON")).id()).hasToString("c27a6337-5db7-8083-abb9-24922880c2c1");
  }

  @Test
  void keepsWhatItCannotRead() {
    ApiCall call = reader.read(message("no JSON"));
    assertThat(call.parseError()).isEqualTo("not a JSON object");
    assertThat(call.rawLine()).isEqualTo("no JSON");
  }

  private static ConsumerRecord<String, String> message(String value) {
    return new ConsumerRecord<>("kerry", 3, 42, null, value);
  }
}
