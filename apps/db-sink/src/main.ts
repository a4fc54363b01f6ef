import { checkTlsFiles, runApp } from "@gatelog/service-kit";
import { deadLetterCommand } from "./commands/dlt.ts";
import { selftestCommand } from "./commands/selftest.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { tableCommand } from "./commands/table.ts";
import { upkeepCommand } from "./commands/upkeep.ts";
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
    dlt: deadLetterCommand,
    selftest: selftestCommand,
    migrate: migrateCommand,
    table: tableCommand,
    upkeep: upkeepCommand,
  },
  create: createDbSink,
});
