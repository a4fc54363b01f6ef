import { setFlagsFromString } from "node:v8";
import { checkTlsFiles, runApp } from "@gatelog/service-kit";
import { compareCommand } from "./commands/compare.ts";
import { deadLetterCommand } from "./commands/dlt.ts";
import { selftestCommand } from "./commands/selftest.ts";
import { eraseCommand } from "./commands/erase.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { tableCommand } from "./commands/table.ts";
import { upkeepCommand } from "./commands/upkeep.ts";
import { checkConfig, configSchema } from "./config.ts";
import { createDbSink } from "./db-sink.ts";
import { checkMappingFile } from "./mapping/own-table-parts.ts";

// Messages and rows live for a second, and still V8 lets what became of them grow to four times what is in use before it looks.
setFlagsFromString("--heap-growing-percent=200");

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
    compare: compareCommand,
    dlt: deadLetterCommand,
    selftest: selftestCommand,
    erase: eraseCommand,
    migrate: migrateCommand,
    table: tableCommand,
    upkeep: upkeepCommand,
  },
  create: createDbSink,
});
