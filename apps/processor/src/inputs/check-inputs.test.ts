import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConfig } from "../check-config.ts";
import { type Config, configSchema } from "../config.ts";
import { inputNames } from "./create-input.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(async () => {
  await directory.remove();
});

function load(inputs: readonly unknown[], outputs: readonly unknown[] = [{ discard: {} }]): Config {
  const file = join(directory.path, "processor.yaml");
  writeFileSync(file, JSON.stringify({ inputs, outputs, buffer: { dir: "./buffer" } }));
  return loadConfig({ app: "processor", schema: configSchema, file, env: {}, check: checkConfig }).config;
}

const kafka = { brokers: ["a:1", "b:1"], topic: "logs" };
const file = { paths: ["./*.log"], registryDir: "./registry" };

describe("the inputs of processor.yaml", () => {
  it("are of six kinds, and are named by them", () => {
    const embedded = { dir: "./topic", topic: "logs" };
    const { inputs } = load([{ beats: {} }, { kafka }, { embedded }, { http: {} }, { http: { port: 0 } }, { file }, { stdin: {} }]);
    expect(inputNames(inputs)).toEqual(["beats", "kafka", "embedded", "http", "http2", "file", "stdin"]);
    expect(inputs[1]).toMatchObject({ kafka: { group: "gatelog-processor", codec: "auto" } });
    expect(inputs[5]).toMatchObject({ file: { codec: "line", registryDir: join(directory.path, "registry") } });
  });

  it.each<[string, readonly unknown[], readonly unknown[] | undefined, RegExp]>([
    ["two standard inputs", [{ stdin: {} }, { stdin: {} }], undefined, /only one standard input/],
    ["one registry for two inputs", [{ file }, { file }], undefined, /another input has .*registry already/],
    ["a glob that is none", [{ file: { ...file, exclude: ["./!(a).log"] } }], undefined, /inputs\[0\]\.file\.exclude\[0\]/],
    ["a body that does not fit", [{ http: { inFlightBytesMax: 10_485_760 } }], undefined, /twice bodyBytesMax/],
    ["a client's certificate without its key", [{ kafka: { ...kafka, tls: { cert: "./c.pem" } } }], undefined, /cert and key go together/],
    [
      "a topic that is read and written",
      [{ kafka }],
      [{ topic: { kafka: { brokers: ["b:1"] }, name: "logs" } }],
      /events would go round for ever/,
    ],
  ])("are refused with %s, in one sentence with its place", (_, inputs, outputs, sentence) => {
    expect(() => load(inputs, outputs)).toThrow(sentence);
    expect(() => load(inputs, outputs)).toThrow(/processor\.yaml:\d+/);
  });
});
