import { setFlagsFromString } from "node:v8";
import { runApp } from "@gatelog/service-kit";
import { checkConfig } from "./check-config.ts";
import { checkConfigFiles } from "./check-files.ts";
import { deadLetterCommand } from "./commands/dlq.ts";
import { drainCommand } from "./commands/drain.ts";
import { graphCommand } from "./commands/graph.ts";
import { logCommand } from "./commands/log.ts";
import { reprocessCommand } from "./commands/reprocess.ts";
import { tapCommand } from "./commands/tap.ts";
import { testCommand } from "./commands/test.ts";
import { configSchema } from "./config.ts";
import { importCommand } from "./import/import-command.ts";
import { checkPipelineTypes, readPipeline } from "./pipeline-api/read-pipeline.ts";
import { createProcessor } from "./processor.ts";

// Events live for milliseconds, and still V8 lets what became of them grow to four times what is in use before it looks: 50 MiB more while the outputs
// are away. To look still sooner costs a tenth of the throughput.
setFlagsFromString("--heap-growing-percent=200");

runApp({
  name: "processor",
  schema: configSchema,
  check: checkConfig,
  code: { read: readPipeline, checkTypes: checkPipelineTypes },
  checkFiles: checkConfigFiles,
  commands: {
    dlq: deadLetterCommand,
    drain: drainCommand,
    graph: graphCommand,
    import: importCommand,
    log: logCommand,
    reprocess: reprocessCommand,
    tap: tapCommand,
    test: testCommand,
  },
  logTo: ({ outputs }) => (outputs.some((output) => "stdout" in output) ? "stderr" : "stdout"),
  create: (context) => Promise.resolve(createProcessor(context)),
});
