import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConfig } from "./check-config.ts";
import { type Config, configSchema, outputName } from "./config.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(async () => {
  await directory.remove();
});

const base = `inputs: [ { beats: { port: 5044 } } ]
buffer: { dir: ./data }
`;
const topicOutput = "outputs: [ { topic: { kafka: { brokers: [127.0.0.1:9092] }, name: kerry } } ]\n";

function load(yaml: string, env: Record<string, string> = {}): Config {
  const file = join(directory.path, "processor.yaml");
  writeFileSync(file, yaml);
  return loadConfig({ app: "processor", schema: configSchema, file, env, check: checkConfig }).config;
}

describe("processor.yaml", () => {
  it("is what the design shows", () => {
    const config = load(`
inputs: [ { beats: { host: 127.0.0.1, port: 5044 } } ]
filters: [ parseRecord, ecs ]
outputs:
  - { topic: { kafka: { brokers: [127.0.0.1:9092] }, name: kerry, value: raw, compression: snappy } }
  - { elasticsearch: { nodes: [http://127.0.0.1:9200], index: gatelog } }
buffer: { dir: ./data/processor, bytesMax: 1073741824 }
`);
    expect(config.outputs.map(outputName)).toEqual(["topic-kerry", "elasticsearch-gatelog"]);
    expect(config.buffer.dir).toBe(join(directory.path, "data/processor"));
    expect(config.admin).toEqual({ host: "127.0.0.1", port: 9102 });
  });

  it("takes the embedded topic, with its directory relative to the file", () => {
    const config = load(`${base}outputs: [ { topic: { embedded: { dir: ./topic, groups: [g] }, name: kerry } } ]\n`);
    expect(config.outputs[0]).toMatchObject({ topic: { embedded: { dir: join(directory.path, "topic"), groups: ["g"] }, value: "raw" } });
  });

  it("takes settings from the environment", () => {
    expect(load(base + topicOutput, { GATELOG_PROCESSOR_BUFFER__BYTES_MAX: "33554432" }).buffer.bytesMax).toBe(33_554_432);
  });

  it.each<[string, string, RegExp]>([
    ["an unknown key", `${base}${topicOutput}bufer: {}\n`, /bufer/],
    ["no output", `${base}outputs: []\n`, /outputs/],
    ["an output that is none", `${base}outputs: [ { nowhere: {} } ]\n`, /outputs/],
    [
      "two outputs of one name",
      `${base}outputs: [ { topic: { kafka: { brokers: [a:1] }, name: k } }, { topic: { embedded: { dir: d }, name: k } } ]\n`,
      /two outputs are named topic-k/,
    ],
    ["an output that is also abandoned", `${base}${topicOutput}abandonedOutputs: [topic-kerry]\n`, /abandonedOutputs/],
    [
      "ecs without what it is made of",
      `${base}outputs: [ { elasticsearch: { nodes: [http://a:1] } } ]\nfilters: [ecs]\n`,
      /needs the filter parseRecord/,
    ],
    ["filters in an order that cannot work", `${base}${topicOutput}filters: [ecs, parseRecord]\n`, /parseRecord before ecs/],
    ["an unknown filter", `${base}${topicOutput}filters: [grok]\n`, /filters/],
    ["a line that does not fit into a message", `${base}${topicOutput}limits: { lineBytesMax: 2000000 }\n`, /fit into a message/],
    [
      "a message that does not fit into a bulk request",
      `${base}${topicOutput}limits: { topicMessageBytesMax: 9000000 }\n`,
      /fit into a bulk request/,
    ],
    ["a batch smaller than a line", `${base}${topicOutput}batch: { bytesMax: 65536 }\n`, /fit into a batch/],
    ["a back-off that shrinks", `${base}${topicOutput}retry: { minMs: 100, maxMs: 50 }\n`, /retry.maxMs/],
    ["a drain longer than the deadline", `${base}${topicOutput}shutdownDeadlineMs: 1000\n`, /shutdownDeadlineMs/],
    ["a time zone that is none", `${base}${topicOutput}seedTimeZone: Asia/Shanghia\n`, /Asia\/Shanghia is no time zone/],
    [
      "an event limit above what the buffer takes",
      `inputs: [ { beats: { jsonBytesMax: 99000000 } } ]\nbuffer: { dir: d }\n${topicOutput}`,
      /jsonBytesMax/,
    ],
  ])("refuses %s in one sentence with its place", (_what, yaml, sentence) => {
    const message = messageOf(() => load(yaml));
    expect(message).toMatch(sentence);
    expect(message).toMatch(/processor\.yaml:\d+/);
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}
