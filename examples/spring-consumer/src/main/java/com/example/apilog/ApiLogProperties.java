package com.example.apilog;

import java.time.ZoneId;
import org.springframework.boot.context.properties.ConfigurationProperties;

@ConfigurationProperties("apilog")
public record ApiLogProperties(String topic, String deadLetterTopic, ZoneId seedTimeZone) {}
