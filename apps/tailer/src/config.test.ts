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

/** The minimal file with more in its input. */
function input(more: string): string {
  return minimal.replace("id: a,", `id: a, ${more},`);
}

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
    symlinks: false,
    compression: "auto",
    encoding: "utf-8",
    delimiter: "\n",
    overlong: "cut",
    includeLines: [],
    excludeLines: [],
    parsers: [],
    fields: {},
    fieldsUnderRoot: false,
    tags: [],
    startAt: "beginning",
    ignoreOlderMs: 0,
    cleanInactiveMs: 0,
    closeEof: false,
    closeRenamed: false,
    deleteAfterDelivery: false,
    deleteGraceMs: 1_800_000,
    seedTimeZone: "UTC",
  });
  expect(config.registryDir).toBe(join(directory.path, "state"));
  expect(config.output).toEqual({
    lumberjack: {
      hosts: ["127.0.0.1:5044"],
      loadBalance: false,
      pipelining: 2,
      compressionLevel: 3,
      timeoutMs: 30_000,
      connectTimeoutMs: 10_000,
      ttlMs: 0,
      eventBytesMax: 10_485_760,
      beat: "gatelog-tailer",
    },
  });
  expect(config.admin.port).toBe(9101);
});

test.each([
  ["an unknown key", minimal.replace("registryDir", "registryDirectory"), /registryDir/],
  ["two inputs with one id", minimal.replace("inputs: [", "inputs: [{ id: a, paths: [x.log] }, "), /two inputs have the id a/],
  ["no paths", minimal.replace("./logs/*.log", ""), /paths/],
  ["a time zone that is none", minimal.replace("id: a,", "id: a, seedTimeZone: Mars/Base,"), /Mars\/Base is no time zone/],
  [
    "what is forgotten before it is ignored",
    input("ignoreOlderMs: 500000, cleanInactiveMs: 500500"),
    /cleanInactiveMs: must be above 501000, the longer of ignoreOlderMs \+ scan.intervalMs and close.inactiveMs/,
  ],
  ["what is forgotten while it is open", input("ignoreOlderMs: 5000, cleanInactiveMs: 7000"), /cleanInactiveMs: must be above 300000, /],
  ["what is forgotten, found and sent again", input("cleanInactiveMs: 100"), /^[^\n]*cleanInactiveMs: needs ignoreOlderMs[^\n]*$/],
  [
    "deletion of what was passed over",
    input("startAt: end, deleteAfterDelivery: true"),
    /inputs\[0\]\.deleteAfterDelivery: not together with startAt: end/,
  ],
  ["a pattern that is none", input('includeLines: ["("]'), /inputs\[0\]\.includeLines\[0\]: is no regular expression/],
  [
    "a pattern that is missing",
    input("parsers: [{ multiline: { type: pattern, match: after } }]"),
    /parsers\[0\]\.multiline: the type pattern needs pattern/,
  ],
  ["two parsers in one", input("parsers: [{ multiline: { type: count, count: 2 }, ndjson: {} }]"), /parsers/],
  ["an encoding that is none", input("encoding: ebcdic"), /encoding/],
  [
    "fields in the place of the tailer's own",
    input("fields: { message: x }, fieldsUnderRoot: true"),
    /fields: message is a key of the event itself/,
  ],
  ["polls rarer than scans", `${minimal}scan: { intervalMs: 500 }\n`, /pollMaxMs: must not be above scan.intervalMs/],
  ["a batch below a line", `${minimal}batch: { bytesMax: 65536 }\n`, /batch.bytesMax: must not be below limits.lineBytesMax/],
  ["one host twice", minimal.replace("[127.0.0.1:5044]", "[a:1, a:1]"), /a host is named twice/],
  [
    "more hosts than batches",
    minimal.replace("[127.0.0.1:5044]", "[a:1, b:1, c:1], loadBalance: true"),
    /underWayMax: must not be below the 3 hosts/,
  ],
  ["a certificate without its key", minimal.replace("hosts:", "tls: { cert: x.pem }, hosts:"), /cert and key go together/],
  [
    "an output that the inputs read",
    minimal.replace("lumberjack: { hosts: [127.0.0.1:5044] }", "file: { path: ./logs/out.log }"),
    /inputs\[0\]\.paths\[0\]: matches what output.file.path writes/,
  ],
  [
    "an output whose oldest file the inputs read",
    minimal
      .replace("./logs/*.log", "./logs/*.9")
      .replace("lumberjack: { hosts: [127.0.0.1:5044] }", "file: { path: ./logs/out, filesMax: 10 }"),
    /inputs\[0\]\.paths\[0\]: matches what output.file.path writes/,
  ],
  [
    "a topic whose files the inputs read",
    minimal
      .replace("./logs/*.log", "./**")
      .replace("lumberjack: { hosts: [127.0.0.1:5044] }", "topic: { name: t, embedded: { dir: ./topic } }"),
    /inputs\[0\]\.paths\[0\]: matches what output.topic.embedded.dir writes, which would be read again for ever: exclude it/,
  ],
  [
    "an event that no memory holds",
    input("parsers: [{ multiline: { type: count, count: 2, bytesMax: 9000000000 } }]"),
    /bytesMax.*8388608/,
  ],
  [
    "deletion of what its writer holds",
    input("deleteAfterDelivery: true, deleteGraceMs: 0"),
    /inputs\[0\]\.deleteGraceMs: must not be below close.removedMs \(30000\)/,
  ],
  ["a time-out below a keep-alive", minimal.replace("hosts:", "timeoutMs: 100, hosts:"), /timeoutMs.*10000/],
  ["a time that no timer takes", minimal.replace("hosts:", "ttlMs: 3000000000, hosts:"), /ttlMs.*2592000000/],
  ["two outputs", minimal.replace("lumberjack:", "stdout: {}, lumberjack:"), /output/],
  [
    "lines that no message holds",
    minimal.replace(/output:.*/, "output: { topic: { name: t, kafka: { brokers: [a:1], requestBytesMax: 65536 } } }"),
    /lineBytesMax: must not be above output.topic.kafka.requestBytesMax/,
  ],
  [
    "lines that no event holds",
    `${minimal.replace("hosts:", "eventBytesMax: 2097152, hosts:")}limits: { lineBytesMax: 2097152 }\nbatch: { bytesMax: 4194304 }\n`,
    /eventBytesMax: must not be below 2162688: an event carries a line/,
  ],
  [
    "batches that no compressed frame holds",
    `${minimal}batch: { bytesMax: 67108864 }\n`,
    /batch.bytesMax: must not be above 28377088 while output.lumberjack.compressionLevel is not 0/,
  ],
  ["a host that is none", minimal.replace("127.0.0.1:5044", "http://x:1"), /"http:\/\/x:1" is no host/],
  ["times that contradict each other", `${minimal}cleanRemovedMs: 2000\n`, /cleanRemovedMs: must be above close.removedMs/],
  ["a compression level that is none", minimal.replace("hosts:", "compressionLevel: 12, hosts:"), /compressionLevel/],
])("%s is refused with one clear sentence", async (_, yaml, sentence) => {
  expect(await complaint(yaml)).toMatch(sentence);
});
