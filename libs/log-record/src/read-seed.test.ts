import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyString } from "./arbitraries.test-helper.ts";
import { formatSeed, parseLine, type LogRecord } from "./index.ts";

const zone = { seedTimeZone: "Asia/Shanghai" };

/** The seven variables of the original's log_format. */
interface Variables {
  readonly status: string;
  readonly requestTime: string;
  readonly responseTime: string;
  readonly requestURL: string;
  readonly method: string;
  readonly requestContent: string;
  readonly responseContent: string;
}

const article: Variables = {
  status: "200",
  requestTime: "2018-10-11 18:09:02",
  responseTime: "2018-10-11 18:09:03",
  requestURL: "http://47.96.238.21:9000/a?b=1",
  method: "/a?b=1",
  requestContent: "-",
  responseContent: "",
};

/** What nginx's access log writes for its log_format, in its default escaping. */
function nginxLine(variables: Variables, escapesNonAscii = true): Buffer {
  const bytes: number[] = [];
  for (const [key, value] of Object.entries(variables)) {
    bytes.push(...Buffer.from(`${bytes.length === 0 ? "{" : ","}"${key}":"`));
    for (const byte of Buffer.from(value as string)) {
      const escapes = byte < 0x20 || byte === 0x22 || byte === 0x5c || byte === 0x7f || (byte > 0x7f && escapesNonAscii);
      bytes.push(...(escapes ? Buffer.from(`\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`) : [byte]));
    }
    bytes.push(0x22);
  }
  return Buffer.from([...bytes, 0x7d]);
}

function read(line: Buffer | string) {
  const parsed = parseLine(line, zone);
  if (parsed.kind !== "record") throw new Error(`${parsed.kind}: ${line.toString()}`);
  return parsed;
}

const content = anyString.map((text) => Buffer.from(text).toString()).filter((text) => text !== "" && text !== "-");

test("what nginx escaped is read as it was, whether or not it escapes characters beyond ASCII", () => {
  fc.assert(
    fc.property(content, content, fc.boolean(), (requestContent, responseContent, escapesNonAscii) => {
      const { record, parseError } = read(nginxLine({ ...article, requestContent, responseContent }, escapesNonAscii));
      expect(record).toMatchObject({ requestContent, responseContent, path: "/a", query: "b=1", status: 200 });
      expect(parseError).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("seven fields survive the round trip through our seed format", () => {
  const any = anyString.filter((text) => text !== "" && text !== "-");
  const path = any.filter((text) => !text.includes("?"));
  fc.assert(
    fc.property(any, any, any, path, fc.option(anyString, { nil: undefined }), (url, requestContent, responseContent, path, query) => {
      const record: LogRecord = {
        v: 1,
        id: "019ab123-4567-7abc-8def-0123456789ab",
        requestTime: "2026-11-23T16:00:00.000+08:00",
        responseTime: "2026-11-23T16:00:01.000+08:00",
        gateway: "g",
        boot: "b",
        seq: 1,
        status: 404,
        success: false,
        url,
        path,
        requestContent,
        responseContent,
        method: "POST",
        ...(query === undefined ? {} : { query }),
      };
      const { method: _verb, ...kept } = record;
      const parsed = read(formatSeed(record, { timeZone: zone.seedTimeZone }));
      expect(parsed.record).toEqual({ ...kept, id: "", gateway: "", boot: "", seq: 0 });
      expect(parsed.parseError).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test("a dash and an empty field are no value", () => {
  expect(read(nginxLine(article)).record).toEqual({
    v: 1,
    id: "",
    gateway: "",
    boot: "",
    seq: 0,
    status: 200,
    success: true,
    path: "/a",
    query: "b=1",
    url: article.requestURL,
    requestTime: "2018-10-11T18:09:02.000+08:00",
    responseTime: "2018-10-11T18:09:03.000+08:00",
  });
});

test("a HEAD call, for which the original logs nothing but the status, is a record without a time", () => {
  const empty = { requestTime: "", responseTime: "", requestURL: "", method: "", requestContent: "-", responseContent: "" };
  const parsed = read(nginxLine({ status: "200", ...empty }));
  expect(parsed.record).toMatchObject({ status: 200, requestTime: "" });
  expect(parsed.parseError).toBe("requestTime is missing");
});

test("a character that the original cut in half is replaced, and the record says so", () => {
  const line = nginxLine({ ...article, responseContent: "日志" })
    .toString()
    .replace("\\x97", "");
  const parsed = read(line);
  expect(parsed.record.responseContent).toMatch(/\uFFFD.*志$/);
  expect(parsed.parseError).toBe("bytes that are not UTF-8 were replaced");
});

test("raw bytes that are not UTF-8 are replaced, and the record says so", () => {
  const line = Buffer.from(
    nginxLine({ ...article, responseContent: "GBK" })
      .toString("latin1")
      .replace("GBK", "\xc8\xd5"),
    "latin1",
  );
  const parsed = read(line);
  expect(parsed.record.responseContent).toContain("\uFFFD");
  expect(parsed.parseError).toBe("bytes that are not UTF-8 were replaced");
});

test("U+FFFD that was sent as such is nobody's fault", () => {
  expect(read(nginxLine({ ...article, responseContent: "\uFFFD" }, false)).parseError).toBeUndefined();
});

test("values that do not fit are kept, and named without being quoted", () => {
  const parsed = read(nginxLine({ ...article, status: "abc", requestTime: "yesterday" }));
  expect(parsed.extra).toEqual({ status: "abc", requestTime: "yesterday" });
  expect(parsed.parseError).toBe("status does not fit; requestTime does not fit");
});

test("000, what nginx logs for a client that left before the answer, is no status", () => {
  expect(read(nginxLine({ ...article, status: "000" })).record.status).toBeUndefined();
});

test("fields of another log_format are kept as extra", () => {
  expect(read(JSON.stringify({ ...article, remote: "10.0.0.1" })).extra).toEqual({ remote: "10.0.0.1" });
});
