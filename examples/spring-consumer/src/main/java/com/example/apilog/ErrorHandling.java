package com.example.apilog;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.kafka.core.KafkaOperations;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.util.backoff.ExponentialBackOff;
import org.springframework.util.backoff.FixedBackOff;

/**
 * Only a row that the database refuses for what is in it becomes a dead letter, and at once. Everything else (the database is away, slow, full, has no such
 * table) is tried again for ever: the messages wait in the topic, where nothing is lost.
 */
@Configuration(proxyBeanMethods = false)
class ErrorHandling {
  private static final int FIRST_PAUSE_MS = 500;
  private static final int LONGEST_PAUSE_MS = 10_000;

  /** Spring Boot gives it to the listener's container. */
  @Bean
  DefaultErrorHandler errorHandler(KafkaOperations<?, ?> kafka, ApiLogProperties properties) {
    DeadLetterPublishingRecoverer recoverer =
        new DeadLetterPublishingRecoverer(kafka, (message, error) -> new TopicPartition(properties.deadLetterTopic(), -1));
    ExponentialBackOff forEver = new ExponentialBackOff(FIRST_PAUSE_MS, 2);
    forEver.setMaxInterval(LONGEST_PAUSE_MS);
    DefaultErrorHandler handler = new DefaultErrorHandler(recoverer, forEver);
    // By default some kinds of exceptions are not tried again; whatever they mean, they are not the row's fault.
    handler.setClassifications(Map.of(), true);
    handler.setBackOffFunction((message, error) -> isRefused(error) ? new FixedBackOff(0, 0) : null);
    return handler;
  }

  private static boolean isRefused(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause())
      if (cause instanceof DataIntegrityViolationException) return true;
    return false;
  }
}
