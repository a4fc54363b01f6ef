import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { certificateAuthority, temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkConfig } from "./check-config.ts";
import { checkConfigFiles } from "./check-files.ts";
import { type Config, configSchema, outputName } from "./config.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(async () => {
  await directory.remove();
});

function load(elasticsearch: Readonly<Record<string, unknown>>): Config {
  const file = join(directory.path, "processor.yaml");
  const output = { elasticsearch: { nodes: ["https://es:9200"], ...elasticsearch } };
  writeFileSync(file, JSON.stringify({ inputs: [{ beats: {} }], outputs: [output], buffer: { dir: "./data" } }));
  return loadConfig({ app: "processor", schema: configSchema, file, env: {}, check: checkConfig }).config;
}

it("an output is named by its data stream, or by its index", () => {
  expect(outputName(load({}).outputs[0]!)).toBe("elasticsearch-gatelog");
  expect(outputName(load({ dataStream: "logs-gatelog-default" }).outputs[0]!)).toBe("elasticsearch-logs-gatelog-default");
});

it("requests are compressed unless it is said otherwise", () => {
  expect(load({}).outputs[0]).toMatchObject({ elasticsearch: { compressionLevel: 1, requestsInFlightMax: 4, manageTemplate: true } });
});

it("a login in a node's URL, which would end in the log, is refused with the place of a login", () => {
  expect(() => load({ nodes: ["https://u:p@es:9200"] })).toThrow(/nodes.*without a login/);
});

it("a certificate without its key is refused", () => {
  expect(() => load({ tls: { cert: "./cert.pem" } })).toThrow(/outputs\[0\]\.elasticsearch\.tls: cert and key go together/);
});

it("the files of TLS are looked at: one that is missing, or holds no certificate, is named with its key", () => {
  const { certificate } = certificateAuthority("gatelog test");
  const path = join(directory.path, "ca.pem");
  const config = load({ tls: { ca: ["./ca.pem"] } });
  expect(() => checkConfigFiles(config)).toThrow(/ca\.pem cannot be used/);
  writeFileSync(path, "no certificate");
  expect(() => checkConfigFiles(config)).toThrow(expect.objectContaining({ key: "outputs[0].elasticsearch.tls.ca[0]" }) as Error);
  writeFileSync(path, certificate);
  checkConfigFiles(config);
});
