import { runApp } from "@gatelog/service-kit";
import { checkConfig, configSchema } from "./config.ts";
import { createGateway } from "./gateway.ts";

runApp({ name: "gateway", schema: configSchema, check: checkConfig, workers: ({ workers }) => workers, create: createGateway });
