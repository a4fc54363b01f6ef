import { expect, test } from "vitest";
import { formatRecord, formatSeed, identify, parseLine, type LogRecord } from "./index.ts";

const zone = { seedTimeZone: "Asia/Shanghai" };

const articleLine =
  '{"status":"200","requestTime":"2018-10-11 18:09:02","responseTime":"2018-10-11 18:09:02","requestURL":"http://47.96.238.21:9000/springboot-demo/hello","method":"/springboot-demo/hello","requestContent":"segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》","responseContent":"Hello!Spring boot!"}';

/** The same call as nginx writes it without log_escape_non_ascii. */
const escapedLine = articleLine.replace(/[^\x20-\x7e]+/g, (run) =>
  [...Buffer.from(run)].map((byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
);

const articleRecord: LogRecord = {
  v: 1,
  id: "",
  requestTime: "2018-10-11T18:09:02.000+08:00",
  responseTime: "2018-10-11T18:09:02.000+08:00",
  gateway: "",
  boot: "",
  seq: 0,
  status: 200,
  success: true,
  url: "http://47.96.238.21:9000/springboot-demo/hello",
  path: "/springboot-demo/hello",
  requestContent: "segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》",
  responseContent: "Hello!Spring boot!",
};

const v1Line =
  '{"v":1,"id":"019ab123-4567-7abc-8def-0123456789ab","requestTime":"2026-11-23T16:00:00.123+08:00","gateway":"gw-1","boot":"b-1","seq":7,"env":"dev","project":"demo","route":"hello","success":true,"bizKeys":["PO-1","PO-2"],"labels":{"team":"a"},"responseTime":"2026-11-23T16:00:00.125+08:00","durationMs":2.25,"status":200,"method":"POST","url":"http://host:9000/springboot-demo/hello?a=1","path":"/springboot-demo/hello","query":"a=1","clientIp":"127.0.0.1","requestHeaders":{"content-type":"application/json","x-twice":["1","2"]},"requestContent":"{\\"title\\":\\"日志\\"}","responseContent":"Hello!Spring boot!","requestBytes":18,"attempts":1,"requestId":"r-1"}';

test("the article's line is read with its own seven fields", () => {
  expect(parseLine(articleLine, zone)).toEqual({ kind: "record", form: "seed", record: articleRecord });
});

test("the article's line is written again as it was", () => {
  expect(formatSeed(articleRecord, { timeZone: "Asia/Shanghai" })).toBe(articleLine);
});

test("the article's line in nginx's escaping is the same record", () => {
  expect(escapedLine).toContain("\\xE6\\x97\\xA5");
  expect(parseLine(Buffer.from(escapedLine), zone)).toEqual({ kind: "record", form: "seed", record: articleRecord });
});

test("the article's line is of the UTC day of its local time and has no own id", () => {
  expect(identify(Buffer.from(articleLine), zone)).toEqual({ time: "2018-10-11T10:09:02.000Z", type: "record" });
  expect(identify(Buffer.from(articleLine), { seedTimeZone: "America/New_York" })).toEqual({
    time: "2018-10-11T22:09:02.000Z",
    type: "record",
  });
});

test("a v1 line is read, written again byte for byte, and identified", () => {
  const parsed = parseLine(v1Line, zone);
  expect(parsed).toMatchObject({ kind: "record", form: "v1", record: { seq: 7, requestContent: '{"title":"日志"}' } });
  if (parsed.kind !== "record") throw new Error(parsed.kind);
  expect(parsed.parseError).toBeUndefined();
  expect(parsed.extra).toBeUndefined();
  expect(formatRecord(parsed.record)).toBe(v1Line);
  expect(identify(Buffer.from(v1Line), zone)).toEqual({
    id: "019ab123-4567-7abc-8def-0123456789ab",
    time: "2026-11-23T08:00:00.123Z",
    type: "record",
  });
});
