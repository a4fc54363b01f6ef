import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkConfig } from "../check-config.ts";
import { checkConfigFiles } from "../check-files.ts";
import { type Config, configSchema, outputName } from "../config.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => directory.remove());

function load(...outputs: readonly unknown[]): Config {
  const file = join(directory.path, "processor.yaml");
  writeFileSync(file, JSON.stringify({ inputs: [{ beats: {} }], buffer: { dir: "./data" }, outputs }));
  return loadConfig({ app: "processor", schema: configSchema, file, env: {}, check: checkConfig }).config;
}

const kafka = { brokers: ["127.0.0.1:9092"] };
const topic = (more: object) => ({ topic: { kafka, name: "kerry", ...more } });

it("every output has a name, by which its place in the buffer is found", () => {
  const { outputs } = load(
    topic({}),
    { http: { url: "https://collector.example:8443/in" } },
    { file: { path: "out/events 1.ndjson" } },
    { stdout: {} },
    { stdout: { format: "raw" }, as: "second" },
  );
  expect(outputs.map(outputName)).toEqual(["topic-kerry", "http-collector.example-8443", "file-events-1.ndjson", "stdout", "second"]);
  expect(outputs[2]).toMatchObject({ file: { path: join(directory.path, "out/events 1.ndjson"), format: "event" } });
});

it("takes a topic's key, headers and name from fields, and a login", () => {
  const sasl = { username: "gatelog", password: "secret" };
  const nameBy = { template: "logs-%{fields.team}", allowed: "logs-[a-z]+" };
  const { outputs } = load({
    topic: { kafka: { ...kafka, sasl, tls: {} }, name: "kerry", key: "record.user", headers: { team: "fields.team" }, nameBy },
  });
  expect(outputs[0]).toMatchObject({
    topic: {
      key: "record.user",
      nameBy: { topicsMax: 100 },
      kafka: { sasl: { mechanism: "scram-sha-512" }, tls: { verification: "full" } },
    },
  });
});

it.each<[string, object, RegExp]>([
  ["a key that is no field", topic({ key: "a..b" }), /outputs\[0\]\.topic\.key: "a\.\.b" is no field/],
  ["a header of our own", topic({ headers: { "gatelog-id": "id" } }), /headers that begin with gatelog- are our own/],
  ["a header that is no field", topic({ headers: { team: "[a" } }), /headers\.team: "\[a" is no field/],
  ["a name without a field", topic({ nameBy: { template: "logs" } }), /nameBy\.template: expected a name with fields in it/],
  ["a name whose field is none", topic({ nameBy: { template: "%{a..b}" } }), /nameBy\.template: "a\.\.b" is no field/],
  ["a pattern that is none", topic({ nameBy: { template: "%{a}", allowed: "(" } }), /nameBy\.allowed: "\(" is no regular expression/],
  [
    "several topics in a directory",
    { topic: { embedded: { dir: "topic" }, name: "kerry", nameBy: { template: "%{a}" } } },
    /nameBy: a topic in a directory is one/,
  ],
  ["half a certificate", topic({ kafka: { ...kafka, tls: { cert: "c.pem" } } }), /kafka\.tls: cert and key go together/],
  ["half a certificate for http", { http: { url: "https://a", tls: { key: "k.pem" } } }, /http\.tls: cert and key go together/],
  [
    "a login in a URL",
    { http: { url: "https://user:secret@host/" } },
    /http\.url: expected a URL like https:\/\/host\/path, without a login/,
  ],
  ["a URL that is none", { http: { url: "https://a:b:c/" } }, /http\.url: https:\/\/a:b:c\/ is no URL/],
  [
    "a condition that is none",
    { stdout: {}, when: { field: "record.status", above: 3 } },
    /outputs\[0\]\.when\.above: unknown key "above"/,
  ],
])("refuses %s", (_, output, message) => {
  expect(() => load(output)).toThrow(message);
});

it("never shows a password or a header's value", () => {
  const wrong = { http: { url: "https://a", headers: { "x-key": "s3cret" }, auth: { bearer: "" } } };
  expect(() => load(wrong)).toThrow(/auth/);
  expect(() => load(wrong)).not.toThrow(/s3cret/);
});

it("--check looks at the files and directories that outputs name", () => {
  expect(() => checkConfigFiles(load(topic({ kafka: { ...kafka, tls: { ca: ["ca.pem"] } } })))).toThrow(
    /^outputs\[0\]\.topic\.kafka\.tls\.ca\[0\]: .*ca\.pem cannot be used: there is no such file$/,
  );
  expect(() => checkConfigFiles(load({ http: { url: "https://a", tls: { ca: ["ca.pem"] } } }))).toThrow(
    /^outputs\[0\]\.http\.tls\.ca\[0\]: /,
  );
  writeFileSync(join(directory.path, "taken"), "a file");
  expect(() => checkConfigFiles(load({ file: { path: "taken/events" } }))).toThrow(
    /^outputs\[0\]\.file\.path: cannot write in the directory/,
  );
});

it("a part of the record as a key needs parseRecord", () => {
  const file = join(directory.path, "unparsed.yaml");
  writeFileSync(
    file,
    JSON.stringify({ inputs: [{ beats: {} }], buffer: { dir: "./data" }, filters: [], outputs: [topic({ key: "record.user" })] }),
  );
  expect(() => loadConfig({ app: "processor", schema: configSchema, file, env: {}, check: checkConfig })).toThrow(
    /outputs\[0\]\.topic\.key: record\.user needs the filter parseRecord: add it to filters/,
  );
});
