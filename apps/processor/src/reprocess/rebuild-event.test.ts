import { formatRecord, identify, type LogRecord, parseLine, toEcs } from "@gatelog/log-record";
import { expect, it } from "vitest";
import { rebuildEvent } from "./rebuild-event.ts";

const id = "019ab123-4567-7abc-8def-0123456789ab";
const day = "2026-11-23";
const options = { day, seedTimeZone: "Asia/Shanghai" };
const record: LogRecord = { v: 1, id, requestTime: "2026-11-23T16:00:00.123+08:00", gateway: "gw", boot: "b", seq: 3 };

/** What the document of a line is made into again: its line, and the document of that. */
function again(line: string, change: Readonly<Record<string, unknown>> = {}) {
  const identity = { id, time: identify(Buffer.from(line), options).time };
  const source = toEcs(parseLine(line, options), identity, line);
  const event = rebuildEvent({ id, source: { ...source, ...change } }, { ...options, day: identity.time.slice(0, 10) });
  const document = event === undefined ? undefined : toEcs(parseLine(event.message, options), event, event.message);
  return { source, document, event };
}

it("a record's document gives the same line again, but for empty values", () => {
  const line = formatRecord(
    {
      ...record,
      success: false,
      durationMs: 2.25,
      status: 200,
      url: "http://h/a?b",
      path: "/a",
      query: "b",
      labels: { team: "a: b" },
      bizKeys: ["E1", "E2"],
      requestHeaders: { accept: "*/*", twice: ["1", "2"] },
      requestContent: "日志 \n",
      error: { code: "C", message: "m" },
      redacted: ["requestContent.password"],
    },
    { unknown: { a: [1] } },
  );
  const { source, document, event } = again(line);
  expect(event?.message).toBe(line);
  expect(event).toMatchObject({ id, time: "2026-11-23T08:00:00.123Z", type: "record" });
  expect(document).toEqual(source);
});

it("a line of the original gives the same document again", () => {
  const line =
    '{"status":"200","requestTime":"2018-10-11 18:09:02","responseTime":"2018-10-11 18:09:03","requestURL":"http://h:9000/a/b?c=d","method":"/a/b?c=d","requestContent":"x","responseContent":"Hello!"}';
  const { source, document, event } = again(line);
  expect(document).toEqual(source);
  expect(event?.time).toBe("2018-10-11T10:09:02.000Z");
});

it("what is no record comes back as its line", () => {
  const { source, document, event } = again("10.0.0.1 - - no record");
  expect(event?.message).toBe("10.0.0.1 - - no record");
  expect(document).toEqual(source);
});

it("tags come back, but those of filters that failed then", () => {
  const tags = ["beats", "_maskomitted", "_grokfailure"];
  for (const line of [formatRecord(record), "10.0.0.1 - - no record"])
    expect(again(line, { tags }).event?.fields).toEqual({ tags: ["beats", "_maskomitted"] });
  expect(again("no record", { tags: "one" }).event?.tags).toEqual(["one"]);
});

it("a document without ecs gives its line and fields, without what failed then", () => {
  const line = formatRecord(record);
  const source = { "@timestamp": "2026-11-22T00:00:00.000Z", message: line, host: { name: "h" }, tags: ["kept", "_grokfailure"] };
  const event = rebuildEvent({ id, source: { ...source, gatelog: { id, filter_errors: ["grok: no"] } } }, options);
  expect(event?.message).toBe(line);
  expect(event?.fields).toEqual({ "@timestamp": source["@timestamp"], host: { name: "h" }, tags: ["kept"] });
  // The fields' own time says nothing of the day; the line does.
  expect(event?.time).toBe("2026-11-23T08:00:00.123Z");
});

it("foreign documents, and such as no line says again, are left as they are", () => {
  expect(rebuildEvent({ id: "no uuid", source: { message: "x", gatelog: { id: "no uuid" } } }, options)).toBeUndefined();
  expect(rebuildEvent({ id, source: { message: "of somebody else" } }, options)).toBeUndefined();
  expect(again(formatRecord(record), { http: { response: { status_code: "two hundred" } } }).event).toBeUndefined();
});
