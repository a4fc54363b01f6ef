import { expect, test } from "vitest";
import type { ContainerOptions, ParserOptions } from "../types.ts";
import { cutWhole } from "./cutting.test-helper.ts";

const time = "2026-11-23T10:00:00.123456789Z";
const cri = (tag: string, text: string, stream = "stdout") => `${time} ${stream} ${tag} ${text}\n`;
const docker = (log: string, stream = "stdout", rest = {}) => `${JSON.stringify({ log, stream, time, ...rest })}\n`;

function cut(text: string, container: ContainerOptions = {}, more: { lineBytesMax?: number; after?: ParserOptions[] } = {}) {
  const { after = [], ...rest } = more;
  return cutWhole(text, { parsers: [{ container }, ...after], ...rest });
}

test("a line of the Container Runtime Interface is what the program wrote, with its stream and time", () => {
  const { events, texts } = cut(cri("F", "héllo  world", "stderr"));
  expect(texts).toEqual(["héllo  world"]);
  expect(events).toMatchObject([{ joined: false, extra: { fields: { stream: "stderr" }, timestamp: time } }]);
});

test("a line of Docker's json-file is what the program wrote, with its stream, labels and time", () => {
  const { events, texts } = cut(docker('say "hi"\n', "stdout", { attrs: { tag: "web" } }));
  expect(texts).toEqual(['say "hi"']);
  expect(events).toMatchObject([
    { joined: false, extra: { fields: { stream: "stdout", docker: { attrs: { tag: "web" } } }, timestamp: time } },
  ]);
});

test("both formats may stand in one file, unless one is asked for", () => {
  const both = cri("F", "a") + docker("b\n");
  expect(cut(both).texts).toEqual(["a", "b"]);
  expect(cut(both, { format: "cri" })).toMatchObject({ texts: ["a", docker("b\n").trim()], counts: { unparsed: 1 } });
  expect(cut(both, { format: "docker" })).toMatchObject({ texts: [cri("F", "a").trim(), "b"], counts: { unparsed: 1 } });
});

test("the parts of a line are joined to one event that is named by its end too", () => {
  const { texts, events, counts } = cut(cri("P", "one ") + cri("P:x", "two ") + cri("F", "three") + docker("a") + docker("b\r\n"));
  expect(texts).toEqual(["one two three", "ab"]);
  expect(events).toMatchObject([{ joined: true, truncated: false, offset: 0 }, { joined: true }]);
  expect(events[0]?.nextOffset).toBe(events[1]?.offset);
  expect(counts.unparsed).toBe(0);
});

test("parts whose rest does not come are an event when nothing followed for long, flagged as a beginning", () => {
  const parsers = [{ container: {} }];
  const given = cri("F", "whole") + cri("P", "part ");
  expect(cutWhole(given, { parsers }, "growing")).toMatchObject({ texts: ["whole"], isPending: true });
  const { events, texts } = cutWhole(given, { parsers }, "idle");
  expect(texts).toEqual(["whole", "part "]);
  expect(events[1]).toMatchObject({ joined: true, truncated: true });
});

test("parts that are too long together are cut to an event that is flagged and told, and the rest is the next one", () => {
  const part = "x".repeat(30);
  const given = cri("P", part) + cri("P", part) + cri("F", "end");
  const { texts, events, overlong } = cut(given, {}, { lineBytesMax: 160 });
  expect(texts).toEqual([part + part, "end"]);
  expect(events).toMatchObject([
    { truncated: true, joined: true },
    { truncated: false, joined: false },
  ]);
  expect(overlong).toEqual([{ path: "/logs/a.log", offset: 0, lineBytes: 142, isSkipped: false }]);
});

test("parts that lines of the other stream come between are not mixed with them", () => {
  const { texts, events } = cut(cri("P", "one ") + cri("F", "other", "stderr") + cri("F", "two"));
  expect(texts).toEqual(["one ", "other", "two"]);
  expect(events.map(({ truncated }) => truncated)).toEqual([true, false, false]);
});

test("lines of the stream that is not asked for are passed over and counted, also between the parts of a line", () => {
  const { texts, counts, events } = cut(cri("P", "one ") + cri("F", "other", "stderr") + cri("F", "two"), { stream: "stdout" });
  expect(texts).toEqual(["one two"]);
  expect(events).toMatchObject([{ truncated: false, joined: true }]);
  expect(counts.excluded).toBe(1);
});

test("a line in no known format is handed on as it is and counted", () => {
  const odd = ["plain text", '{"log":1}', "{broken", `${time} stdout X text`, `${time} stdlog F text`, "yesterday stdout F text"];
  const { texts, counts, events } = cut(`${odd.join("\n")}\n`);
  expect(texts).toEqual(odd);
  expect(counts.unparsed).toBe(odd.length);
  expect(events.every(({ extra }) => extra === undefined)).toBe(true);
});

test("an empty line that a program wrote is passed over like any other", () => {
  expect(cut(cri("F", "") + `${time} stdout F\n` + docker("\n") + cri("F", "a")).texts).toEqual(["a"]);
});

test("a line over the limit is read from its beginning, and is no part of another", () => {
  const { texts, events } = cut(cri("P", "one ") + cri("P", "x".repeat(200)) + cri("F", "two"), {}, { lineBytesMax: 100 });
  expect(texts).toEqual(["one ", "x".repeat(100 - cri("P", "").length + 1), "two"]);
  expect(events.map(({ truncated }) => truncated)).toEqual([true, true, false]);
});

test("multiline events are made of what programs wrote", () => {
  const given = cri("F", "Error") + cri("P", " at ") + cri("F", "one") + docker(" at two\n") + cri("F", "next");
  const after: ParserOptions[] = [{ multiline: { type: "pattern", pattern: "^ ", match: "after" } }];
  const { texts, events } = cut(given, {}, { after });
  expect(texts).toEqual(["Error\n at one\n at two", "next"]);
  expect(events[0]).toMatchObject({ joined: true, extra: { fields: { stream: "stdout" }, timestamp: time } });
});
