import { runApp } from "@gatelog/service-kit";
import { checkConfig } from "./check-config.ts";
import { checkConfigFiles } from "./check-files.ts";
import { configSchema } from "./config.ts";
import { createProcessor } from "./processor.ts";

runApp({
  name: "processor",
  schema: configSchema,
  check: checkConfig,
  checkFiles: checkConfigFiles,
  create: (context) => Promise.resolve(createProcessor(context)),
});
