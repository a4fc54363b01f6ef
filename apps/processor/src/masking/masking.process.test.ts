import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Bench, beatsEvent, recordLine } from "../processor.test-helper.ts";

// A real process, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.close();
});

it("masks records by the filter, foreign lines before the disk, and omits what is too long, in a running processor", async () => {
  const processor = await bench.start({
    filters: [{ mask: { keys: ["greeting"] } }],
    outputs: [{ topic: { ...bench.topic, value: "event" } }],
    masking: { charsMax: 65_536 },
  });
  const messages = await bench.collect();
  const record = recordLine(1, { requestContent: '{"greeting":"of-the-filter"}' });
  const long = `password=too-long ${"x".repeat(65_536)}`;
  await bench
    .client(processor.beatsPort)
    .send([beatsEvent(record, 0, { greeting: "of-the-sender" }), beatsEvent("login password=geheim", 500), beatsEvent(long, 600)]);
  await waitFor(() => messages.length === 3);
  const events = messages.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as { message: string; tags?: string[] });
  expect(events[0]).toMatchObject({ greeting: "***" });
  expect(JSON.parse(events[0]?.message ?? "")).toMatchObject({ status: 200, requestContent: '{"greeting":"***"}' });
  expect(events[1]?.message).toBe("login password=***");
  expect(events[2]).toMatchObject({ message: expect.stringMatching(/^\(omitted: \d+ characters/) as string, tags: ["_maskomitted"] });
  expect(JSON.stringify(events)).not.toMatch(/of-the-|geheim|too-long/);
  expect(await processor.metric("masking_omitted_total")).toBe(1);
  expect(processor.process.output()).toContain("GATELOG_PROCESSOR_MASKING_OMITTED");
  expect(filesBelow(join(bench.dir, "buffer"))).not.toMatch(/geheim|too-long/);
});

function filesBelow(directory: string): string {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  return entries.map((entry) => (entry.isFile() ? readFileSync(join(entry.parentPath, entry.name), "latin1") : "")).join("");
}
