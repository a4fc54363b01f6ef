package com.example.apilog;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.listener.BatchListenerFailedException;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.stereotype.Component;

/** Takes what a poll brought to the table in one transaction, and acknowledges it only then. */
@Component
public class CallListener {
  private static final Logger LOG = LoggerFactory.getLogger(CallListener.class);

  private final ApiCallReader reader;
  private final ApiCallTable table;

  public CallListener(ApiCallReader reader, ApiCallTable table) {
    this.reader = reader;
    this.table = table;
  }

  @KafkaListener(topics = "${apilog.topic}")
  public void receive(List<ConsumerRecord<String, String>> messages, Acknowledgment acknowledgment) {
    List<ConsumerRecord<String, String>> calls = messages.stream().filter(message -> !isMark(message)).toList();
    if (!calls.isEmpty()) insert(calls);
    acknowledgment.acknowledge();
  }

  private void insert(List<ConsumerRecord<String, String>> calls) {
    try {
      table.insertAll(calls.stream().map(reader::read).toList());
    } catch (DataIntegrityViolationException refused) {
      insertEach(calls);
    } catch (RuntimeException failed) {
      // The first one has failed: nothing is committed, and all are delivered again. Without a record Spring would try this very batch again and
      // again in its own loop, which does not look for refused rows any more.
      LOG.warn("the database does not take the batch now, it is tried again: {}", failed.getMessage());
      throw new BatchListenerFailedException("the database does not take the batch", failed, calls.get(0));
    }
  }

  /**
   * The whole batch was rolled back for the sake of one row. What stands before that row is stored here, so that the error handler may commit it; that row goes
   * to the dead letters, and the rest is delivered again.
   */
  private void insertEach(List<ConsumerRecord<String, String>> calls) {
    for (ConsumerRecord<String, String> message : calls) {
      try {
        table.insertAll(List.of(reader.read(message)));
      } catch (RuntimeException failed) {
        LOG.warn("{}-{}@{} is not taken: {}", message.topic(), message.partition(), message.offset(), failed.getMessage());
        throw new BatchListenerFailedException("the database does not take the row", failed, message);
      }
    }
  }

  /** Lines of the gateway's ledger, which are no calls. */
  private static boolean isMark(ConsumerRecord<String, String> message) {
    Header type = message.headers().lastHeader("gatelog-type");
    return type != null && new String(type.value(), StandardCharsets.UTF_8).equals("mark");
  }
}
