import { Buffer } from "node:buffer";
import { payloadBytesMax } from "@gatelog/segment-log";
import { describe, expect, it } from "vitest";
import { decodeDeadLetter, encodeDeadLetter } from "./dead-letters.ts";
import { storedBytesMax } from "./fix-identity.ts";

describe("a dead letter", () => {
  it("keeps when, where and why beside the event's bytes", () => {
    const letter = {
      time: "2026-11-23T08:00:00.000Z",
      output: "elasticsearch-gatelog",
      code: "GATELOG_ELASTICSEARCH_REFUSED",
      reason: 'mapper_parsing_exception: "日志" \u{1F600}',
      event: Buffer.from([0, 255, 1, 254]),
    };
    expect(decodeDeadLetter(encodeDeadLetter(letter))).toEqual(letter);
  });

  it("fits into its log with the longest event and a reason of the longest characters", () => {
    const head = { time: "2026-11-23T08:00:00.000Z", output: "o".repeat(64), code: "C".repeat(64), reason: "\u0000".repeat(4096) };
    expect(encodeDeadLetter({ ...head, event: new Uint8Array(storedBytesMax) }).length).toBeLessThanOrEqual(payloadBytesMax);
  });

  it("is refused when it is torn", () => {
    const bytes = encodeDeadLetter({ time: "t", output: "o", code: "c", reason: "r", event: Buffer.alloc(0) });
    expect(() => decodeDeadLetter(bytes.subarray(0, 10))).toThrow("torn");
  });
});
