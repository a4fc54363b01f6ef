import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLumberjackClient } from "@gatelog/lumberjack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPrograms, type Programs } from "./programs.ts";
import { Receiver } from "./receiver.ts";
import type { ReceiverOptions } from "./receiver-protocol.ts";

let directory: string;
let programs: Programs;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "gatelog-receiver-"));
  programs = await buildPrograms(directory);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const neverFails = () => undefined;
const events = Array.from({ length: 100 }, (_, index) => Buffer.from(JSON.stringify({ message: `line ${index}` })));

async function withReceiver(options: ReceiverOptions, use: (receiver: Receiver) => Promise<void>): Promise<void> {
  const receiver = await Receiver.start({ ...options, program: programs.receiver, logFile: join(directory, "receiver.output") });
  try {
    await use(receiver);
  } finally {
    await receiver.stop();
  }
}

describe("the receiver", () => {
  test.each([0, 3])("counts and acknowledges what the product's client sends with compression %i", async (compressionLevel) => {
    await withReceiver({ protocol: "lumberjack", expectedEvents: 200 }, async (receiver) => {
      const client = createLumberjackClient({ hosts: [`127.0.0.1:${receiver.port}`], compressionLevel });
      await client.send(events);
      await expect(receiver.report()).resolves.toMatchObject({ events: 100 });
      await client.send(events);
      const reached = await receiver.untilReached(neverFails);
      expect(reached.events).toBe(200);
      expect(reached.reachedAtMs).toBeLessThanOrEqual(Date.now());
      client.close();
    });
  });

  test("acknowledges everything in the end when it stalls on the way", async () => {
    const stall = { afterEvents: 200, pauseMs: 50, ackDelayMs: 5, untilEvents: 600 };
    await withReceiver({ protocol: "lumberjack", expectedEvents: 1000, stall }, async (receiver) => {
      const client = createLumberjackClient({ hosts: [`127.0.0.1:${receiver.port}`], compressionLevel: 3 });
      for (let window = 0; window < 5; window += 1) await Promise.all([client.send(events), client.send(events)]);
      await expect(receiver.untilReached(neverFails)).resolves.toMatchObject({ events: 1000 });
      client.close();
    });
  });

  test("says what is wrong with a stream that it cannot count", async () => {
    await withReceiver({ protocol: "lumberjack", expectedEvents: 1 }, async (receiver) => {
      connect(receiver.port, "127.0.0.1").on("error", neverFails).end("GET / HTTP/1.1\r\n\r\n");
      await expect(receiver.untilReached(neverFails)).rejects.toThrow(/could not be counted: no frame/);
    });
  });

  test("counts the lines of a sender that has no protocol", async () => {
    await withReceiver({ protocol: "lines", expectedEvents: 3 }, async (receiver) => {
      connect(receiver.port, "127.0.0.1").end("one\ntwo\nthree\n");
      await expect(receiver.untilReached(neverFails)).resolves.toMatchObject({ events: 3, wireBytes: 14 });
    });
  });

  test("is given up at once when the sender has ended", async () => {
    await withReceiver({ protocol: "lines", expectedEvents: 3 }, async (receiver) => {
      const ended = () => {
        throw new Error("the sender ended");
      };
      await expect(receiver.untilReached(ended)).rejects.toThrow("the sender ended");
    });
  });
});
