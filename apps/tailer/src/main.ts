// First, for it is about what all other modules do to the heap.
import "./collector.ts";
import { dirname } from "node:path";
import { checkTlsFiles, checkWritableDirectory, runApp } from "@gatelog/service-kit";
import { importCommand } from "./commands/import.ts";
import { inspectCommand, resetCommand } from "./commands/registry.ts";
import { checkConfig, configSchema } from "./config.ts";
import { createTailer } from "./tailer.ts";

runApp({
  name: "tailer",
  schema: configSchema,
  check: checkConfig,
  checkFiles: ({ registryDir, output }) => {
    checkWritableDirectory(registryDir, "registryDir");
    if ("file" in output) checkWritableDirectory(dirname(output.file.path), "output.file.path");
    if ("topic" in output && "embedded" in output.topic) checkWritableDirectory(output.topic.embedded.dir, "output.topic.embedded.dir");
    if ("topic" in output && "kafka" in output.topic && output.topic.kafka.tls !== undefined)
      checkTlsFiles(output.topic.kafka.tls, "output.topic.kafka.tls");
    if ("lumberjack" in output && output.lumberjack.tls !== undefined) checkTlsFiles(output.lumberjack.tls, "output.lumberjack.tls");
  },
  commands: { import: importCommand, inspect: inspectCommand, reset: resetCommand },
  flags: ["once"],
  logTo: ({ output }) => ("stdout" in output ? "stderr" : "stdout"),
  create: (context) => createTailer(context, { once: context.flags.has("once") }),
});
