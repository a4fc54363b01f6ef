import { readFile } from "node:fs/promises";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, type Stage } from "../process.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

const MiB = 1024 * 1024;

test("a line that no receiver takes becomes a dead letter, and everything else goes on", async () => {
  // Escaped, it is six times as large: 18 MiB, over the receiver's 16.
  const poison = "\u0000".repeat(3 * MiB);
  await stage.configure({ limits: { lineBytesMax: 4 * MiB }, batch: { bytesMax: 4 * MiB } });
  await stage.receiver.start();
  await stage.append("before", poison, "behind");
  const tailer = await stage.start();
  await stage.receiver.arrived(2);
  await stage.append("later");
  await stage.receiver.arrived(3);
  await waitFor(async () => (await stage.metric("gatelog_tailer_dead_letters_total")) === 1, { what: "the dead letter" });
  expect(await stage.metric('gatelog_tailer_dead_letters_total{code="GATELOG_TAILER_EVENT_OVERSIZED"}')).toBe(1);
  await waitFor(async () => (await stage.metric("gatelog_tailer_events_delivered_total")) === 3, { what: "three events" });
  expect(stage.receiver.messages()).toEqual(new Set(["before", "behind", "later"]));
  expect((await tailer.stop()).code).toBe(0);
  const letter = JSON.parse(await readFile(`${stage.registryDir}/dead-letters.ndjson`, "utf8")) as Record<string, unknown>;
  expect(letter).toMatchObject({ code: "GATELOG_TAILER_EVENT_OVERSIZED", event: { message: poison } });
});
