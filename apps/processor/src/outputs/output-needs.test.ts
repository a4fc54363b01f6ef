import { loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { stderrLogger } from "../commands/stderr-logger.ts";
import { configSchema } from "../config.ts";
import { createSink } from "../create-sink.ts";
import { createMetrics } from "../metrics.ts";
import { Reports } from "../reports.ts";
import { sinkNeeds } from "./output-needs.ts";

it("every output needs what its sink says", async () => {
  const directory = await temporaryDirectory("gatelog-output-needs-");
  const topic = (more: object) => ({ topic: { embedded: { dir: "./topic", groups: [] }, name: "kerry", ...more } });
  const outputs = [
    topic({ value: "raw" }),
    topic({ value: "seed" }),
    topic({ value: "event" }),
    topic({ key: "record.user" }),
    topic({ headers: { team: "message" } }),
    { elasticsearch: { nodes: ["http://127.0.0.1:1"] } },
    { http: { url: "http://127.0.0.1:1/" } },
    { file: { path: "./a", format: "raw" } },
    { file: { path: "./a" } },
    { stdout: {} },
    { stdout: { format: "raw" } },
    { discard: {} },
  ];
  try {
    const file = join(directory.path, "processor.yaml");
    writeFileSync(file, JSON.stringify({ inputs: [{ beats: {} }], outputs, buffer: { dir: "./buffer" } }));
    const { config } = loadConfig({ app: "processor", schema: configSchema, file, env: {} });
    const reports = new Reports(stderrLogger, createMetrics(new Registry()));
    expect(config.outputs.map(sinkNeeds)).toEqual(config.outputs.map((output) => createSink(output, config, reports).needs));
  } finally {
    await directory.remove();
  }
});
