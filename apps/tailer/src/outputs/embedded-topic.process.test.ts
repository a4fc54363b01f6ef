import { isUuid } from "@gatelog/log-record";
import { waitFor } from "@gatelog/testkit";
import { createProducer } from "@gatelog/topic";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, type Stage } from "../process.test-helper.ts";
import type { ReceivedEvent } from "../receiver.test-helper.ts";
import { collect, markLine, type ReadMessage, recordLine } from "../topic.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

const ownId = "0199f0a0-0000-7000-8000-00000000000a";
const record = recordLine(ownId, "2026-11-23T08:00:00.000+08:00", { requestContent: "世界" });
const seedLine =
  '{"status":"200","requestTime":"2018-10-11 18:09:02","responseTime":"2018-10-11 18:09:02","requestURL":"http://h/x","method":"/x","requestContent":"","responseContent":"ok"}';
const lines = [record, markLine, seedLine, "no record"];

/** Sends the lines once, and returns what a consumer gets. */
async function sent(value: string, count: number): Promise<ReadMessage[]> {
  const topic = { name: "calls", embedded: { dir: stage.at("topic"), groups: ["test"] } };
  await stage.configureInput({ seedTimeZone: "Asia/Shanghai" }, { output: { topic: { ...topic, value } } });
  await stage.append(...lines);
  expect((await stage.run("--config", stage.config, "--once")).code).toBe(0);
  const { messages, stop } = await collect(topic);
  await waitFor(() => messages.length >= count);
  await stop();
  expect(messages).toHaveLength(count);
  return messages;
}

test("raw: values are the lines, keys the ids, and the headers say what they are", async () => {
  const messages = await sent("raw", 4);
  expect(messages.map(({ text }) => text)).toEqual(lines);
  expect(messages[0]).toMatchObject({
    key: ownId,
    headers: { "gatelog-id": ownId, "gatelog-time": "2026-11-23T00:00:00.000Z", "gatelog-type": "record" },
  });
  expect(messages.map(({ headers }) => headers["gatelog-type"])).toEqual(["record", "mark", "record", "record"]);
  expect(messages.map(({ headers }) => headers["gatelog-time"]).slice(2)).toEqual(["2018-10-11T10:09:02.000Z", "1970-01-01T00:00:00.000Z"]);
  expect(messages.every(({ key, headers }) => isUuid(key) && headers["gatelog-id"] === key)).toBe(true);
  expect(new Set(messages.map(({ key }) => key)).size).toBe(4);
});

test("event: values are what Lumberjack would carry", async () => {
  const messages = await sent("event", 4);
  const events = messages.map(({ text }) => JSON.parse(text) as ReceivedEvent);
  expect(events.map(({ message }) => message)).toEqual(lines);
  expect(events.map(({ gatelog }) => gatelog.id)).toEqual(messages.map(({ key }) => key));
  expect(events[0]).toMatchObject({ log: { file: { path: stage.log }, offset: 0 }, fields: { input: "test" } });
});

test("seed: records are projected to the seven fields, marks stay away, and what is no record goes as it is", async () => {
  const messages = await sent("seed", 3);
  const [projected, seed, other] = messages.map(({ text }) => text);
  expect(JSON.parse(projected ?? "")).toMatchObject({ status: "200", requestTime: "2026-11-23 08:00:00", requestContent: "世界" });
  expect(Object.keys(JSON.parse(projected ?? "") as object)).toHaveLength(7);
  expect(JSON.parse(seed ?? "")).toEqual(JSON.parse(seedLine));
  expect(other).toBe("no record");
});

const embedded = { topic: { name: "calls", embedded: { dir: "./topic", groups: ["test"] } } };

test("a topic that another process writes is waited for: up, not ready, with the reason", async () => {
  const other = createProducer({ name: "calls", embedded: { dir: stage.at("topic"), groups: ["test"] } });
  await other.start();
  await stage.configure({ output: embedded });
  await stage.append("one");
  const tailer = await stage.start();
  const { status, body } = await stage.ready();
  expect([status, JSON.stringify(body)]).toEqual([503, expect.stringMatching(/output: .*has a writer already/)]);
  await other.stop();
  await waitFor(async () => (await stage.metric("gatelog_tailer_events_delivered_total")) === 1);
  expect((await stage.ready()).status).toBe(200);
  expect((await tailer.stop()).code).toBe(0);
});

test("a directory that cannot be made is one sentence at the start, and with --check", async () => {
  await stage.configure({ output: { topic: { name: "calls", embedded: { dir: "./tailer.yaml/topic" } } } });
  for (const flags of [[], ["--check"]]) {
    const { code, stderr } = await stage.run("--config", stage.config, ...flags);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^gatelog tailer: \S+tailer\.yaml:1:\d+: output\.topic\.embedded\.dir: cannot write in the directory \S+: a part of the path is a file/,
    );
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  }
});
