import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLumberjackServer } from "@gatelog/lumberjack";
import { systemClock } from "@gatelog/pipeline";
import { type AppContext, loadConfig, type Logger } from "@gatelog/service-kit";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { checkConfig, type Config, configSchema } from "./config.ts";
import { createTailer } from "./tailer.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test("a stop that fails to save the registry says so, and closes the output all the same", async () => {
  const directory = await temporaryDirectory("gatelog-tailer-stop-");
  cleanUps.push(() => directory.remove());
  const server = createLumberjackServer({ host: "127.0.0.1", port: 0, onBatch: () => Promise.resolve() });
  const { port } = await server.start();
  cleanUps.push(() => server.stop());
  const file = join(directory.path, "tailer.yaml");
  const logs = join(directory.path, "logs");
  await mkdir(logs);
  const output = { lumberjack: { hosts: [`127.0.0.1:${port}`] } };
  await writeFile(
    file,
    JSON.stringify({ inputs: [{ id: "a", paths: ["./logs/*.log"] }], registryDir: "./registry", output, registryFlushMs: 60_000 }),
  );
  const { config } = loadConfig({ app: "tailer", schema: configSchema, file, env: {}, check: checkConfig });
  const silent = () => {};
  const logger = { debug: silent, info: silent, warn: silent, error: silent } as unknown as Logger;
  const context = { config, logger, clock: systemClock, metrics: new Registry(), version: "1", requestStop: silent };
  const tailer = await createTailer(context as unknown as AppContext<Config>);
  await tailer.start();
  await appendFile(join(logs, "a.log"), "one\n");
  await waitFor(() => server.status().connections === 1, { what: "the connection" });
  await rm(config.registryDir, { recursive: true });
  await expect(tailer.stop(new AbortController().signal)).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_REGISTRY_WRITE" });
  await waitFor(() => server.status().connections === 0, { what: "the end of the connection" });
});
