import { runApp } from "@gatelog/service-kit";
import { checkConfig, configSchema } from "./config.ts";
import { tuneCollector } from "./collector.ts";
import { createGateway } from "./gateway.ts";
import { checkRoutesDirectory } from "./routes-directory.ts";

tuneCollector();
runApp({
  name: "gateway",
  schema: configSchema,
  check: checkConfig,
  checkFiles: checkRoutesDirectory,
  workers: ({ workers }) => workers,
  create: createGateway,
});
