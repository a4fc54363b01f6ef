import { runApp } from "@gatelog/service-kit";
import { checkConfig, configSchema } from "./config.ts";
import { createDbSink } from "./db-sink.ts";

runApp({ name: "db-sink", schema: configSchema, check: checkConfig, create: createDbSink });
