import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, type TestContext, vi } from "vitest";
import { HttpStore } from "./outputs/http-server.test-helper.ts";
import { Bench, beatsEvent, recordLine, type RunningProcessor } from "./processor.test-helper.ts";

// Real processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

const windowEvents = 50;
const filler = "x".repeat(2000);

let bench: Bench;
let store: HttpStore;
let disk: string;
let isMounted: boolean;

beforeEach(async () => {
  bench = await Bench.create();
  store = await new HttpStore().start();
  disk = (await temporaryDirectory("gatelog-small-disk-")).path;
  isMounted = false;
});

afterEach(async () => {
  await bench.close();
  await store.stop();
  if (isMounted) execFileSync("umount", [disk]);
  await rm(disk, { recursive: true });
});

/** A file system of so many megabytes. Skips the test, loudly, where this user may not mount one. */
function mountDisk(context: TestContext, megabytes: number): void {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", disk], { stdio: "pipe" });
    isMounted = true;
  } catch (error) {
    console.warn(
      `SKIPPED: the full disk was NOT tested, because no small file system can be mounted here (root is needed): ${String(error)}`,
    );
    context.skip();
  }
}

function start(): Promise<RunningProcessor> {
  const outputs = [{ topic: bench.topic }, { http: { url: store.url }, as: "store" }];
  return bench.start({ outputs, buffer: { dir: join(disk, "buffer") }, drainMsMax: 100 });
}

/** A sender that goes on until it is told to stop, and then ends its window. */
class Sender {
  acknowledged = 0;
  #isOver = false;

  async run(port: () => number): Promise<void> {
    while (!this.#isOver) {
      const from = this.acknowledged;
      const frames = Array.from({ length: windowEvents }, (_, index) =>
        beatsEvent(recordLine(from + index, { requestContent: filler }), from + index),
      );
      const client = bench.client(port());
      await client.send(frames).then(
        () => (this.acknowledged += windowEvents),
        () => undefined,
      );
      client.close();
    }
  }

  stop(): void {
    this.#isOver = true;
  }
}

const isFull = async (processor: RunningProcessor) => /buffer.*is full|ENOSPC/.test((await processor.readiness()).text);

it("on a full disk senders wait, a kill loses nothing that was acknowledged, and it goes on when an output has written what fills it", async (context) => {
  mountDisk(context, 3);
  store.answer = () => ({ status: 503 });
  const messages = await bench.collect();
  let processor = await start();
  const sender = new Sender();
  const sending = sender.run(() => processor.beatsPort);
  await waitFor(() => isFull(processor), { deadlineMs: 30_000, what: "a full disk" });
  const held = sender.acknowledged;
  expect(held).toBeGreaterThan(windowEvents);
  await waitFor(() => new Set(messages.map(({ key }) => key)).size >= held, { what: "what was acknowledged in the topic" });
  await processor.process.kill();
  // Still full: opening needs no room.
  processor = await start();
  await waitFor(() => isFull(processor), { deadlineMs: 30_000, what: "a disk that is still full" });
  // At most the window that was under way, whose acknowledgement was lost with the process.
  expect(sender.acknowledged).toBeLessThanOrEqual(held + windowEvents);
  store.answer = () => undefined;
  await waitFor(() => sender.acknowledged > held + 10 * windowEvents, { deadlineMs: 60_000, what: "senders that go on" });
  sender.stop();
  await sending;
  const stored = () => new Set(store.stored).size;
  await waitFor(() => stored() === sender.acknowledged, { deadlineMs: 30_000, what: "every event in the store" });
  await waitFor(() => new Set(messages.map(({ key }) => key)).size === sender.acknowledged, { what: "every event in the topic" });
  await waitFor(async () => (await processor.readiness()).status === 200);
});

it("on a disk that others have filled senders wait, and go on when it is emptied", async (context) => {
  mountDisk(context, 8);
  const processor = await start();
  const sender = new Sender();
  const sending = sender.run(() => processor.beatsPort);
  await waitFor(() => sender.acknowledged >= 2 * windowEvents, { what: "a first acknowledgement" });
  const ballast = join(disk, "ballast");
  expect(() => writeFileSync(ballast, Buffer.alloc(16 * 1024 * 1024))).toThrow(/ENOSPC/);
  await waitFor(() => isFull(processor), { deadlineMs: 30_000, what: "a full disk" });
  const held = sender.acknowledged;
  await rm(ballast);
  await waitFor(() => sender.acknowledged > held + windowEvents, { deadlineMs: 60_000, what: "senders that go on" });
  sender.stop();
  await sending;
  await waitFor(() => new Set(store.stored).size === sender.acknowledged, { deadlineMs: 30_000, what: "every event in the store" });
  await waitFor(async () => (await processor.readiness()).status === 200);
});
