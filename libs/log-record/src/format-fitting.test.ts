import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyRecord, anyString } from "./arbitraries.test-helper.ts";
import { cutLabel, formatFitting, formatRecord, lineBytesFloor, parseLine, type LogRecord } from "./index.ts";

const smallest = {
  v: 1,
  id: "019ab123-4567-7abc-8def-0123456789ab",
  requestTime: "2026-11-23T08:00:00.000Z",
  gateway: "g",
  boot: "b",
  seq: 1,
} as const;

function fitted(record: LogRecord, bytesMax: number): LogRecord {
  const line = formatFitting(record, bytesMax);
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(bytesMax);
  const parsed = parseLine(Buffer.from(line), { seedTimeZone: "UTC" });
  if (parsed.kind !== "record" || parsed.parseError !== undefined) throw new Error(`no clean record: ${line}`);
  return parsed.record;
}

/** No half character that the whole text did not have. */
function expectStartOf(cut: string | undefined, whole: string): void {
  expect(whole.startsWith(cut ?? "")).toBe(true);
  const next = whole.codePointAt((cut ?? "").length - 1) ?? 0;
  expect(next > 0xffff).toBe(false);
}

test("a record that fits is written as it is", () => {
  fc.assert(fc.property(anyRecord, (record) => formatFitting(record, 1_000_000) === formatRecord(record)));
});

test("bodies are cut on a character boundary, and only what was cut is flagged", () => {
  const long = fc.array(anyString, { minLength: 60, maxLength: 200 }).map((parts) => parts.join("日志😀"));
  fc.assert(
    fc.property(long, fc.oneof(anyString, long), fc.integer({ min: lineBytesFloor, max: 4096 }), (request, response, bytesMax) => {
      const record = fitted({ ...smallest, requestContent: request, responseContent: response }, bytesMax);
      expectStartOf(record.requestContent, request);
      expectStartOf(record.responseContent, response);
      expect(record.requestTruncated ?? false).toBe(record.requestContent !== request);
      expect(record.responseTruncated ?? false).toBe(record.responseContent !== response);
    }),
    { numRuns: 300 },
  );
});

test("a cut line uses the bytes it may have", () => {
  const line = formatFitting({ ...smallest, requestContent: "x".repeat(10_000), responseContent: "short" }, 2048);
  expect(Buffer.byteLength(line)).toBeGreaterThan(2048 - 40);
  expect(line).toContain('"responseContent":"short"');
});

test("any record fits any limit, also when headers and URL alone are too long", () => {
  const large = fc.array(anyString, { minLength: 30, maxLength: 100 }).map((parts) => parts.join("a"));
  fc.assert(
    fc.property(anyRecord, large, large, fc.integer({ min: lineBytesFloor, max: 6000 }), (record, url, header, bytesMax) => {
      const whole: LogRecord = { ...record, url, error: { code: "c", message: url }, requestHeaders: { cookie: [header, header] } };
      const left = fitted(whole, bytesMax);
      expect({ ...left, gateway: "", boot: "" }).toMatchObject({ v: 1, id: record.id, requestTime: record.requestTime, seq: record.seq });
    }),
    { numRuns: 300 },
  );
});

test("what was cut besides the bodies is named in a label", () => {
  const record = fitted({ ...smallest, url: "u".repeat(3000), path: "/kept", requestHeaders: { a: "h".repeat(5000) } }, lineBytesFloor);
  expect(record.labels).toEqual({ [cutLabel]: "requestHeaders,url" });
  expect(record.path).toBe("/kept");
  expect(record.url?.length).toBeGreaterThan(500);
});

test("a base64 body that was cut still decodes", () => {
  const content = Buffer.alloc(5000, 7).toString("base64");
  const record = fitted({ ...smallest, requestContent: content, requestEncoding: "base64" }, 2000);
  expect(record.requestContent!.length % 4).toBe(0);
  expect(record.requestTruncated).toBe(true);
});

test("an absurd gateway name does not break the limit", () => {
  expect(fitted({ ...smallest, gateway: "\0".repeat(5000), boot: "b".repeat(5000) }, lineBytesFloor).seq).toBe(1);
});

test("a limit that no record could keep is refused", () => {
  expect(() => formatFitting(smallest, lineBytesFloor - 1)).toThrow(RangeError);
});
