import { expect, test } from "vitest";
import type { NdjsonOptions, ParserOptions } from "../types.ts";
import { cutWhole } from "./cutting.test-helper.ts";

function cut(text: string, ndjson: NdjsonOptions = {}, after: ParserOptions[] = []) {
  return cutWhole(text, { parsers: [{ ndjson }, ...after] });
}

function fields(text: string, ndjson: NdjsonOptions = {}) {
  return cut(text, ndjson).events.map(({ extra }) => extra?.fields);
}

test("the keys of a JSON object become fields, and the message stays the line", () => {
  const line = '{"level":"info","a":{"b":[1,"ü"]}}';
  const { texts, events } = cut(`${line}\n`);
  expect(texts).toEqual([line]);
  expect(events).toMatchObject([{ joined: false, extra: { fields: { json: { level: "info", a: { b: [1, "ü"] } } } } }]);
});

test("a target names where the fields go; an empty one is the event itself", () => {
  expect(fields('{"a":1}\n', { target: "app.log" })).toEqual([{ app: { log: { a: 1 } } }]);
  expect(fields('{"a":1,"log":2}\n', { target: "" })).toEqual([{ a: 1, log: 2 }]);
});

test("a key that holds a text becomes the message", () => {
  expect(cut('{"msg":"héllo","n":1}\n{"n":2}\n{"msg":3}\n', { messageKey: "msg" }).texts).toEqual(["héllo", '{"n":2}', '{"msg":3}']);
});

test("an object whose message is empty is an event nevertheless", () => {
  expect(cut('{"msg":"","n":1}\n', { messageKey: "msg" })).toMatchObject({
    texts: [""],
    events: [{ extra: { fields: { json: { n: 1 } } } }],
  });
});

test("what is no JSON object is handed on as it is, counted, and says so where that is asked for", () => {
  const odd = ["text", "[1]", '{"a":', "1", "null", '"{"'];
  const { texts, counts, events } = cut(`${odd.join("\n")}\n\n`);
  expect(texts).toEqual(odd);
  expect(counts.unparsed).toBe(odd.length);
  expect(events[0]?.extra?.fields).toEqual({ error: { message: "The line is no JSON object that can be read." } });
  expect(fields("text\n", { addErrorKey: false })).toEqual([undefined]);
});

test("an object that is nested too deeply to be written again is no object that can be read", () => {
  const nested = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}\n`;
  expect(cut(nested(99)).counts.unparsed).toBe(0);
  expect(cut(nested(100)).counts.unparsed).toBe(1);
  expect(cut(nested(400)).counts.unparsed).toBe(1);
});

test("a number that would be rounded is the text of its digits", () => {
  const line =
    '{"id":12345678901234567890,"small":-9007199254740991,"text":"12345678901234567890 \\" 1","list":[9007199254740993],"huge":1e999}\n';
  expect(fields(line)).toEqual([
    {
      json: {
        id: "12345678901234567890",
        small: -9007199254740991,
        text: '12345678901234567890 " 1',
        list: ["9007199254740993"],
        huge: "1e999",
      },
    },
  ]);
});

test("a key named like a prototype is a key like any other", () => {
  const [found] = fields('{"__proto__":{"polluted":true},"a":1}\n', { target: "" });
  expect(JSON.stringify(found)).toBe('{"__proto__":{"polluted":true},"a":1}');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test("what the container runtime says stands when the object says otherwise", () => {
  const log = JSON.stringify({ stream: "mine", docker: { id: 1 } });
  const line = JSON.stringify({ log: `${log}\n`, stream: "stderr", time: "2026-11-23T10:00:00Z", attrs: { a: "b" } });
  const { events } = cutWhole(`${line}\n`, { parsers: [{ container: {} }, { ndjson: { target: "" } }] });
  expect(events[0]?.extra?.fields).toEqual({ stream: "stderr", docker: { attrs: { a: "b" }, id: 1 } });
});

test("messages of JSON lines are joined, with the fields of the first and what the others add", () => {
  const given = ['{"m":"Error","l":"e"}', '{"m":" at a","l":"i","x":1}', '{"m":"next","l":"i"}'].join("\n");
  const after: ParserOptions[] = [{ multiline: { type: "pattern", pattern: "^ ", match: "after" } }];
  const { texts, events } = cut(`${given}\n`, { messageKey: "m" }, after);
  expect(texts).toEqual(["Error\n at a", "next"]);
  expect(events[0]?.extra?.fields).toEqual({ json: { m: "Error", l: "e", x: 1 } });
});

test("a JSON object of several lines is read once they are joined", () => {
  const parsers: ParserOptions[] = [{ multiline: { type: "pattern", pattern: "^\\{", negate: true, match: "after" } }, { ndjson: {} }];
  const { events, texts } = cutWhole('{\n"a":1\n}\n{"b":2}\n', { parsers });
  expect(texts).toEqual(['{\n"a":1\n}', '{"b":2}']);
  expect(events.map(({ extra }) => extra?.fields)).toEqual([{ json: { a: 1 } }, { json: { b: 2 } }]);
});
