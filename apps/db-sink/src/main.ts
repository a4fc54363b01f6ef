import { checkTlsFiles, runApp } from "@gatelog/service-kit";
import { checkConfig, configSchema } from "./config.ts";
import { createDbSink } from "./db-sink.ts";

runApp({
  name: "db-sink",
  schema: configSchema,
  check: checkConfig,
  checkFiles: ({ topic }) => {
    if ("kafka" in topic && topic.kafka.tls !== undefined) checkTlsFiles(topic.kafka.tls, "topic.kafka.tls");
  },
  create: createDbSink,
});
