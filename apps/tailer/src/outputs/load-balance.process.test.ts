import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "../process.test-helper.ts";
import { createReceiver, type Receiver } from "../receiver.test-helper.ts";

let stage: Stage;
let other: Receiver;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
  other = await createReceiver();
});
afterEach(async () => {
  await other.stop();
  await stage.remove();
});

const hosts = () => [`127.0.0.1:${stage.receiver.port}`, `127.0.0.1:${other.port}`];
const configure = (output: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  stage.configure({ output: { lumberjack: { hosts: hosts(), ...output } }, batch: { linesMax: 100, underWayMax: 4 }, ...more });
const both = () => new Set([...stage.receiver.messages(), ...other.messages()]);

test("load balancing uses every receiver; one that goes away leaves its windows to the other", async () => {
  await configure({ loadBalance: true });
  for (const receiver of [stage.receiver, other]) {
    receiver.onBatch = () => sleep(5);
    await receiver.start();
  }
  const tailer = await stage.start();
  let written = 0;
  const write = async (count: number) => {
    await stage.append(...numbered(written + 1, written + count));
    written += count;
  };
  // Whichever is connected first may take all that is there by then.
  await waitFor(
    async () => {
      await write(500);
      return stage.receiver.byId.size > 500 && other.byId.size > 500;
    },
    { what: "lines at both", deadlineMs: 30_000 },
  );
  await other.stop();
  await write(3000);
  await waitFor(() => both().size === written, { what: "every line", deadlineMs: 30_000 });
  expect((await stage.ready()).status).toBe(200);
  // It is back in use when it is back.
  const before = other.byId.size;
  await other.start();
  await waitFor(
    async () => {
      await stage.append("again");
      return other.byId.size > before;
    },
    { what: "the receiver that is back", deadlineMs: 30_000 },
  );
  expect((await tailer.stop()).code).toBe(0);
  for (const [id, { message }] of other.byId) expect(stage.receiver.byId.get(id)?.message ?? message).toBe(message);
});

test("without load balancing the first receiver is used alone, and the next one when it goes away, with the same ids", async () => {
  await configure({}, { registryFlushMs: 60_000 });
  await stage.receiver.start();
  await other.start();
  await stage.append(...numbered(1, 500));
  const tailer = await stage.start();
  await stage.receiver.arrived(500);
  expect(other.byId.size).toBe(0);
  await stage.receiver.stop();
  await stage.append(...numbered(501, 600));
  await other.arrived(100);
  // Everything again, for the registry is as it was: the ids are too.
  await tailer.kill();
  await stage.start();
  await other.arrived(600);
  for (const [id, { message }] of stage.receiver.byId) expect(other.byId.get(id)?.message).toBe(message);
});

test("pipelining: as many windows are under way as allowed, whatever the receiver's delay", async () => {
  await configure({ hosts: [`127.0.0.1:${stage.receiver.port}`], pipelining: 4 });
  await stage.receiver.start();
  const hold = new AbortController();
  const held = new Promise<void>((resolve) => hold.signal.addEventListener("abort", () => resolve()));
  stage.receiver.onBatch = () => held;
  await stage.append(...numbered(1, 1000));
  await stage.start();
  await waitFor(async () => (await stage.metric("gatelog_tailer_events_in_flight")) === 400, { what: "four windows" });
  expect(await stage.metric("gatelog_tailer_events_delivered_total")).toBe(0);
  hold.abort();
  await stage.receiver.arrived(1000);
  expect([...stage.receiver.byId.values()].every(({ count }) => count === 1)).toBe(true);
});

test("a connection is renewed after its time, and nothing is lost or sent twice", async () => {
  await configure({ hosts: [`127.0.0.1:${stage.receiver.port}`], ttlMs: 200 });
  await stage.receiver.start();
  await stage.start();
  let written = 0;
  await waitFor(async () => {
    await stage.append(...numbered(written + 1, written + 50));
    written += 50;
    return stage.receiver.connections >= 4;
  });
  await stage.receiver.arrived(written);
  expect([...stage.receiver.byId.values()].every(({ count }) => count === 1)).toBe(true);
});
