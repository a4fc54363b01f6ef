import { runApp } from "@gatelog/service-kit";
import { checkConfig, configSchema } from "./config.ts";
import { createTailer } from "./tailer.ts";

runApp({
  name: "tailer",
  schema: configSchema,
  check: checkConfig,
  create: (context) => Promise.resolve(createTailer(context)),
});
