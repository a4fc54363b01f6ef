import type { LogRecord } from "@gatelog/log-record";
import { createMasker, type Masker } from "@gatelog/masking";
import { systemClock } from "@gatelog/pipeline";
import { describe, expect, test } from "vitest";
import { CaptureBudget } from "./capture-budget.ts";
import { Exchange } from "./exchange.ts";
import { RecordLines } from "./record-line.ts";

const client = { clientIp: "1.1.1.1", scheme: "http", host: undefined, behindProxy: false };

function exchange(): Exchange {
  const socket = {} as never;
  const arrival = {
    seq: 7,
    id: "0199e2d4-5b2c-7a10-8000-000000000001",
    arrivedAtMs: 1_795_458_684_831,
    startedMs: 100,
    clock: systemClock,
  };
  return new Exchange({ ...arrival, socket, client, peer: "1.1.1.1", bodyBytesMax: 100, budget: new CaptureBudget(1000) });
}

const capture = {
  level: "bodies",
  bodyBytesMax: 100,
  sample: 1,
  slowerThanMs: 0,
  statuses: [],
  contentTypes: [],
  binary: "omitted",
  requestHeaders: ["*"],
  responseHeaders: ["*"],
} as const;

const build = (masker: Masker, ended: Exchange): LogRecord =>
  JSON.parse(new RecordLines({ gateway: "gw", boot: "b", masker, capture, lineBytesMax: 10_000 }).of(ended)) as LogRecord;

describe("the record", () => {
  test("of a call of which nothing is known but that it came has the required fields and its failure", () => {
    const ended = exchange();
    ended.fail("GATELOG_GATEWAY_MALFORMED_REQUEST", "bad bytes, password=tr0ub4dor");
    ended.status = 400;
    ended.endedMs = 100.5;
    expect(build(createMasker(), ended)).toMatchObject({
      v: 1,
      seq: 7,
      status: 400,
      success: false,
      durationMs: 0.5,
      clientIp: "1.1.1.1",
      requestBytes: 0,
      error: { code: "GATELOG_GATEWAY_MALFORMED_REQUEST", message: "bad bytes, password=***" },
      redacted: ["error.message.password"],
    });
  });

  test("is made even where our own code fails, without anything that was sent", () => {
    const fails = () => {
      throw new TypeError("a bug, near tr0ub4dor");
    };
    const ended = exchange();
    ended.fail("GATELOG_GATEWAY_NO_ROUTE");
    ended.endedMs = 101;
    const record = build({ ...createMasker(), text: fails }, ended);
    expect(record).toMatchObject({
      v: 1,
      id: ended.id,
      seq: 7,
      error: { code: "GATELOG_GATEWAY_INTERNAL", message: "the record could not be made: TypeError" },
    });
    expect(JSON.stringify(record)).not.toContain("tr0ub4dor");
  });

  test("shows no client's request id that is personal data", () => {
    const ended = exchange();
    ended.requestId = "13800138000";
    ended.endedMs = 101;
    expect(build(createMasker({ profile: "cn-pipl" }), ended)).toMatchObject({ requestId: "***", redacted: ["requestId.detector:phone"] });
    ended.requestId = "order-7";
    expect(build(createMasker({ profile: "cn-pipl" }), ended).requestId).toBe("order-7");
  });
});
