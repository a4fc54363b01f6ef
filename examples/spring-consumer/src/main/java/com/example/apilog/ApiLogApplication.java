package com.example.apilog;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

@SpringBootApplication
@ConfigurationPropertiesScan
public class ApiLogApplication {
  public static void main(String[] args) {
    SpringApplication.run(ApiLogApplication.class, args);
  }
}
