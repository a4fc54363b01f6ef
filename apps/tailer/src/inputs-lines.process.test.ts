import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, type Stage } from "./process.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
  await stage.receiver.start();
});
afterEach(() => stage.remove());

/** What the receiver gets of these bytes, read with these options, in the order of the file. */
async function received(input: Record<string, unknown>, content: string | Buffer) {
  await stage.configureInput(input);
  await appendFile(stage.log, content);
  expect((await stage.run("--config", stage.config, "--once")).code).toBe(0);
  return stage.receiver.events().toSorted((a, b) => a.log.offset - b.log.offset);
}

test("multiline: a stack trace is one event, at the place of its first line", async () => {
  const trace = "java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\nCaused by: x";
  const multiline = { type: "pattern", pattern: "^(\\s|Caused by:)", match: "after" };
  const events = await received({ parsers: [{ multiline }] }, `before\n${trace}\nafter\n`);
  expect(events.map(({ message }) => message)).toEqual(["before", trace, "after"]);
  expect(events[1]?.log).toMatchObject({ offset: 7 });
  expect(new Set(events.map(({ gatelog }) => gatelog.id)).size).toBe(3);
});

test("multiline: an event whose next line does not come is sent after flushMs, and what comes later is another event", async () => {
  await stage.configureInput({ parsers: [{ multiline: { type: "pattern", pattern: "^\\s", match: "after", flushMs: 200 } }] });
  await stage.append("first", " of two");
  const tailer = await stage.start();
  await stage.receiver.arrived(1);
  await stage.append(" too late", "second");
  await stage.receiver.arrived(3);
  expect((await tailer.stop()).code).toBe(0);
  expect([...stage.receiver.messages()]).toEqual(["first\n of two", " too late", "second"]);
});

test("GBK becomes UTF-8, and offsets stay those of the file", async () => {
  const world = Buffer.from([0xca, 0xc0, 0xbd, 0xe7]);
  const events = await received({ encoding: "gbk" }, Buffer.concat([world, Buffer.from("\n"), world, Buffer.from("!\n")]));
  expect(events.map(({ message }) => message)).toEqual(["世界", "世界!"]);
  expect(events[1]?.log.offset).toBe(5);
});

test("container: CRI lines are joined, with their stream and time; the other stream is left out", async () => {
  const events = await received(
    { parsers: [{ container: { stream: "stdout" } }] },
    "2026-11-23T08:00:00.123456789Z stdout P part one, \n" +
      "2026-11-23T08:00:00.200000000Z stderr F left out\n" +
      "2026-11-23T08:00:00.300000000Z stdout F part two\n",
  );
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ message: "part one, part two", stream: "stdout", "@timestamp": "2026-11-23T08:00:00.123Z" });
});

test("container and multiline: docker's JSON lines become the text that was written, and a trace of them one event", async () => {
  const docker = (log: string) => `${JSON.stringify({ log, stream: "stderr", time: "2026-11-23T08:00:00.5Z" })}\n`;
  const events = await received(
    { parsers: [{ container: {} }, { multiline: { type: "pattern", pattern: "^\\s", match: "after" } }] },
    docker("Error: no\n") + docker("    at a\n") + docker("next\n"),
  );
  expect(events.map(({ message, stream }) => [message, stream])).toEqual([
    ["Error: no\n    at a", "stderr"],
    ["next", "stderr"],
  ]);
});

test("ndjson: keys become fields, messageKey the message; a line that is no object says so and is sent as it is", async () => {
  const events = await received(
    { parsers: [{ ndjson: { target: "", messageKey: "msg" } }] },
    '{"msg":"hello","level":"info","nested":{"a":1},"message":"not mine"}\nnot json\n',
  );
  expect(events[0]).toMatchObject({ message: "hello", level: "info", nested: { a: 1 } });
  expect(events[1]).toMatchObject({ message: "not json", error: { message: expect.any(String) } });
});

test("ndjson: without a target keys stand under json, and the line stays the message", async () => {
  const line = '{"a":1}';
  const [event] = await received({ parsers: [{ ndjson: {} }] }, `${line}\n`);
  expect(event).toMatchObject({ message: line, json: { a: 1 } });
});

test("tags and fields are added to every event, under fields or to the event itself", async () => {
  const fields = { team: "payments", level: { of: "nesting" } };
  const [under] = await received({ tags: ["web", "prod"], fields }, "one\n");
  expect(under).toMatchObject({ tags: ["web", "prod"], fields: { input: "test", ...fields } });
  const root = (await received({ tags: ["web"], fields, fieldsUnderRoot: true }, "two\n"))[1];
  expect(root).toMatchObject({ message: "two", tags: ["web"], ...fields, fields: { input: "test" } });
});

test("includeLines and excludeLines decide what is sent, and what is not is counted", async () => {
  await stage.configureInput({ includeLines: ["^(WARN|ERROR)"], excludeLines: ["health"] });
  await stage.append("INFO a", "WARN b", "ERROR health", "ERROR c");
  await stage.start();
  await stage.receiver.arrived(2);
  expect([...stage.receiver.messages()]).toEqual(["WARN b", "ERROR c"]);
  await waitFor(async () => (await stage.metric("gatelog_tailer_lines_excluded_total")) === 2);
  await waitFor(async () => (await stage.metric("gatelog_tailer_backlog_bytes")) === 0, { what: "what was left out counts as delivered" });
});

test("a delimiter of the user's ends lines, and an over-long line is skipped and counted where told to", async () => {
  await stage.configureInput({ delimiter: "\u0001", overlong: "skip" }, { limits: { lineBytesMax: 1024 } });
  await appendFile(stage.log, `one\ntwo\u0001${"x".repeat(3000)}\u0001three\u0001unfinished`);
  await stage.start();
  await stage.receiver.arrived(2);
  expect([...stage.receiver.messages()]).toEqual(["one\ntwo", "three"]);
  expect(await stage.metric("gatelog_tailer_lines_skipped_total")).toBe(1);
});

test("exclude and ** decide which files are read, and two inputs name theirs", async () => {
  const at = (name: string) => join(stage.logs, name);
  await stage.configure({
    inputs: [
      { id: "web", paths: ["./logs/**/*.log"], exclude: ["./logs/**/*-debug.log"] },
      { id: "text", paths: ["./logs/*.{txt,out}"] },
    ],
  });
  for (const [name, text] of Object.entries({ "a.log": "log", "b-debug.log": "debug", "c.txt": "txt", "d.out": "out", "e.bin": "bin" }))
    await appendFile(at(name), `${text}\n`);
  expect((await stage.run("--config", stage.config, "--once")).code).toBe(0);
  const inputs = stage.receiver.events().map(({ message, fields }) => [message, fields["input"]]);
  expect(new Map(inputs as [string, string][])).toEqual(
    new Map([
      ["log", "web"],
      ["txt", "text"],
      ["out", "text"],
    ]),
  );
});
