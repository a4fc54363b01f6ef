import { checkTlsFiles, runApp } from "@gatelog/service-kit";
import { selftestCommand } from "./commands/selftest.ts";
import { tableCommand } from "./commands/table.ts";
import { checkConfig, configSchema } from "./config.ts";
import { createDbSink } from "./db-sink.ts";
import { checkMappingFile } from "./mapping/own-table-parts.ts";

runApp({
  name: "db-sink",
  schema: configSchema,
  check: checkConfig,
  checkFiles: (config) => {
    const { topic } = config;
    if ("kafka" in topic && topic.kafka.tls !== undefined) checkTlsFiles(topic.kafka.tls, "topic.kafka.tls");
    checkMappingFile(config);
  },
  commands: {
    selftest: selftestCommand,
    table: tableCommand,
  },
  create: createDbSink,
});
