import { runApp } from "@gatelog/service-kit";
import { checkConfig, configSchema } from "./config.ts";
import { createConsole } from "./console.ts";

runApp({ name: "console", schema: configSchema, check: checkConfig, create: createConsole });
