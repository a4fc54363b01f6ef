import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkConfig, configSchema } from "./config.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => (directory = await temporaryDirectory()));
afterAll(() => directory.remove());

async function load(yaml: string) {
  const file = join(directory.path, "tailer.yaml");
  await writeFile(file, yaml);
  return loadConfig({ app: "tailer", schema: configSchema, file, env: {}, check: checkConfig }).config;
}

async function complaint(yaml: string): Promise<string> {
  try {
    await load(yaml);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("it was accepted");
}

const minimal = "inputs: [{ id: a, paths: [./logs/*.log] }]\nregistryDir: ./state\noutput: { lumberjack: { hosts: [127.0.0.1:5044] } }\n";

test("dev.yaml is valid", () => {
  const file = join(import.meta.dirname, "../dev.yaml");
  const { config } = loadConfig({ app: "tailer", schema: configSchema, file, env: {}, check: checkConfig });
  expect(config.inputs[0]?.id).toBe("gateway");
});

test("a minimal file is enough, paths are relative to it, and the rest has defaults", async () => {
  const config = await load(minimal);
  expect(config.inputs[0]).toEqual({
    id: "a",
    paths: [join(directory.path, "logs/*.log")],
    exclude: [],
    seedTimeZone: "UTC",
    deleteAfterDelivery: false,
  });
  expect(config.registryDir).toBe(join(directory.path, "state"));
  expect(config.output.lumberjack).toEqual({ hosts: ["127.0.0.1:5044"], compressionLevel: 3, timeoutMs: 30_000, connectTimeoutMs: 10_000 });
  expect(config.admin.port).toBe(9101);
});

test.each([
  ["an unknown key", minimal.replace("registryDir", "registryDirectory"), /registryDir/],
  ["two inputs with one id", minimal.replace("inputs: [", "inputs: [{ id: a, paths: [x.log] }, "), /two inputs have the id a/],
  ["no paths", minimal.replace("./logs/*.log", ""), /paths/],
  ["a time zone that is none", minimal.replace("id: a,", "id: a, seedTimeZone: Mars/Base,"), /Mars\/Base is no time zone/],
  [
    "deletion, which is not there yet",
    minimal.replace("id: a,", "id: a, deleteAfterDelivery: true,"),
    /deleteAfterDelivery: true is not available yet/,
  ],
  ["a host that is none", minimal.replace("127.0.0.1:5044", "http://x:1"), /"http:\/\/x:1" is no host/],
  ["times that contradict each other", `${minimal}cleanRemovedMs: 2000\n`, /cleanRemovedMs: must be above close.removedMs/],
  ["a compression level that is none", minimal.replace("hosts:", "compressionLevel: 12, hosts:"), /compressionLevel/],
])("%s is refused with one clear sentence", async (_, yaml, sentence) => {
  expect(await complaint(yaml)).toMatch(sentence);
});
