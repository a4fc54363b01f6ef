import { DeliveryError } from "@gatelog/pipeline";
import { manualClock } from "@gatelog/testkit";
import type { ConsumedBatch } from "@gatelog/topic";
import { describe, expect, test } from "vitest";
import { BatchHandler, type BatchHandlerOptions } from "./batch-handler.ts";
import { messagesOf } from "./db-sink.test-helper.ts";
import type { SinkItem } from "./read-message.ts";

const failure = (message: string, { permanent = false, code = "" } = {}) =>
  new DeliveryError("GATELOG_TEST", message, { permanent, cause: Object.assign(new Error(message), { code }) });

function batchOf(count: number, state: { stale?: boolean; wantedBack?: boolean } = {}): ConsumedBatch {
  return {
    topic: "kerry",
    partition: 0,
    messages: messagesOf(1, count).map(({ key, value, headers }, index) => ({ key, value, headers, offset: String(index) })),
    keepAlive: () => Promise.resolve(),
    isStale: () => state.stale ?? false,
    isWantedBack: () => state.wantedBack ?? false,
  };
}

/** A handler whose database is `write`. */
function handlerOf(write: (items: readonly SinkItem[]) => void, overrides: Partial<BatchHandlerOptions> = {}) {
  const stored: string[] = [];
  const dead: string[] = [];
  const handler = new BatchHandler({
    sink: {
      start: async () => {},
      stop: async () => {},
      write: async (items) => {
        write(items);
        stored.push(...items.map(({ message }) => message.offset));
      },
    },
    clock: manualClock({ autoAdvance: true }),
    read: { seedTimeZone: "UTC", value: "raw" },
    batch: { rowsMax: 1000, bytesMax: 4_194_304, waitMsMax: 0, latencyTargetMs: 250 },
    limits: { rowsPerSecondMax: 0, quietHours: [] },
    retry: { minMs: 1, maxMs: 10 },
    consecutiveDeadLettersMax: 100,
    deadLetter: async ({ item }) => void dead.push(item.message.offset),
    ...overrides,
  });
  return { handler, stored, dead };
}

const offsets = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe("a batch on its way to the database", () => {
  test("is cut smaller when the database gives a transaction up for its time, and is stored whole and in order", async () => {
    const sizes: number[] = [];
    const { handler, stored } = handlerOf((items) => {
      sizes.push(items.length);
      if (items.length > 300) throw failure("canceling statement due to statement timeout", { code: "57014" });
    });
    await handler.handle(batchOf(1000));
    expect(stored).toEqual(offsets(1000));
    expect(sizes.slice(0, 3)).toEqual([1000, 500, 250]);
  });

  test("is tried again as it is after a deadlock", async () => {
    let failures = 3;
    const { handler, stored } = handlerOf(() => {
      if (failures-- > 0) throw failure("deadlock detected", { code: "40P01" });
    });
    await handler.handle(batchOf(10));
    expect(stored).toEqual(offsets(10));
  });

  test("that is cut smaller when one of its messages is a dead letter already keeps that once", async () => {
    let timeouts = 1;
    const { handler, stored, dead } = handlerOf((items) => {
      const has = (offset: string) => items.some(({ message }) => message.offset === offset);
      if (has("7")) throw failure("value too long", { permanent: true, code: "22001" });
      if (has("900") && timeouts-- > 0) throw failure("canceling statement due to statement timeout", { code: "57014" });
    });
    await handler.handle(batchOf(1000));
    expect(dead).toEqual(["7"]);
    expect(new Set(stored)).toEqual(new Set(offsets(1000).filter((offset) => offset !== "7")));
    expect(handler.rowsNow).toBeLessThan(1000);
  });

  test("waits for a dead-letter topic that times out, says so as its own reason, and keeps its size", async () => {
    const sizes: number[] = [];
    const reasons: (string | undefined)[] = [];
    const told: string[] = [];
    let failures = 3;
    const { handler, stored } = handlerOf(
      (items) => {
        sizes.push(items.length);
        if (items.some(({ message }) => message.offset === "7")) throw failure("value too long", { permanent: true, code: "22001" });
      },
      {
        deadLetter: async () => {
          reasons.push(handler.deadLettersReason);
          if (failures-- > 0) throw new DeliveryError("GATELOG_TOPIC_TIMEOUT", "sending took longer than 5 ms", { permanent: false });
        },
        onRetry: (error) => told.push(error.code),
      },
    );
    await handler.handle(batchOf(1000));
    expect(stored).toEqual(offsets(1000).filter((offset) => offset !== "7"));
    expect(reasons[3]).toBe("the dead-letter topic does not take a message that the database refused: sending took longer than 5 ms");
    expect(new Set(told)).toEqual(new Set(["GATELOG_DB_SINK_DEAD_LETTERS_WAIT"]));
    expect(sizes.filter((size) => size === 1000)).toHaveLength(1);
    expect([handler.rowsNow, handler.deadLettersReason]).toEqual([1000, undefined]);
  });

  test("that was given back leaves no reason behind", async () => {
    const state = { wantedBack: false };
    const { handler } = handlerOf(
      () => {
        throw failure("value too long", { permanent: true, code: "22001" });
      },
      { consecutiveDeadLettersMax: 2, onRetry: () => (state.wantedBack = handler.pausedReason !== undefined) },
    );
    await expect(handler.handle(batchOf(4, state))).rejects.toMatchObject({ code: "GATELOG_PIPELINE_ABORTED" });
    expect(handler.pausedReason).toBeUndefined();
  });

  test("that was taken away is given up at the next failure, and nothing of it is dead-lettered", async () => {
    const state = { stale: false };
    const { handler, stored, dead } = handlerOf(() => {
      state.stale = true;
      throw failure("value too long", { permanent: true, code: "22001" });
    });
    await expect(handler.handle(batchOf(4, state))).rejects.toMatchObject({ code: "GATELOG_PIPELINE_ABORTED" });
    expect([stored, dead]).toEqual([[], []]);
  });

  test("that is wanted back while the database is away is handed over, not held until it comes back", async () => {
    const state = { wantedBack: false };
    let attempts = 0;
    const { handler } = handlerOf(() => {
      attempts++;
      state.wantedBack = attempts === 3;
      throw failure("connection refused", { code: "ECONNREFUSED" });
    });
    await expect(handler.handle(batchOf(4, state))).rejects.toMatchObject({ code: "GATELOG_PIPELINE_ABORTED" });
    expect(attempts).toBe(3);
  });

  test("is written no faster than the limit, a second's rows at a time at most", async () => {
    const clock = manualClock({ autoAdvance: true });
    const sizes: number[] = [];
    const { handler } = handlerOf((items) => sizes.push(items.length), { clock, limits: { rowsPerSecondMax: 50, quietHours: [] } });
    await handler.handle(batchOf(500));
    expect(Math.max(...sizes)).toBe(50);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(9000);
  });
});
