import { describe, expect, it } from "vitest";
import { messageBytes, splitByBytes } from "./split-by-bytes.ts";
import type { TopicMessage } from "./topic.ts";

const message = (key: string, bytes: number): TopicMessage => ({ key, value: new Uint8Array(bytes), headers: {} });

describe("splitting a batch into requests", () => {
  it("keeps every message, in order, and every request within the limit", () => {
    const messages = Array.from({ length: 500 }, (_, index) => message(String(index), (index * 37) % 900));
    const runs = splitByBytes(messages, 4000);
    expect(runs.flatMap((run) => run.messages)).toEqual(messages);
    expect(runs.length).toBeGreaterThan(10);
    for (const run of runs) {
      expect(run.bytes).toBe(run.messages.reduce((sum, each) => sum + messageBytes(each), 0));
      expect(run.bytes).toBeLessThanOrEqual(4000);
    }
  });

  it("sends a message that is over the limit alone", () => {
    const runs = splitByBytes([message("a", 10), message("b", 9999), message("c", 10)], 1000);
    expect(runs.map((run) => run.messages.map(({ key }) => key))).toEqual([["a"], ["b"], ["c"]]);
  });

  it("makes no request of nothing", () => {
    expect(splitByBytes([], 1000)).toEqual([]);
  });

  it("counts headers and multi-byte characters", () => {
    const value = new TextEncoder().encode("日志");
    expect(messageBytes({ key: "单号", value, headers: { "gatelog-id": "é" } })).toBe(64 + 6 + 6 + 8 + 10 + 2);
  });
});
