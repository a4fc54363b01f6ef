import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManagedProcess, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Bench, recordLine } from "../processor.test-helper.ts";

// Real processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.close();
});

const textOf = ({ value }: { value: Uint8Array }) => Buffer.from(value).toString();

it("reads files through rotation and kills, each line under one id, and nothing again after a stop", async () => {
  const logs = join(bench.dir, "logs");
  mkdirSync(logs);
  const log = join(logs, "app.log");
  const inputs = { inputs: [{ file: { paths: ["./logs/*.log*"], registryDir: "./registry", scanIntervalMs: 50 } }] };
  const lineOf = (index: number) => (index % 2 === 0 ? recordLine(index) : `foreign ${index}`);
  let written = 0;
  const write = (count: number) => {
    for (const end = written + count; written < end; written++) appendFileSync(log, `${lineOf(written)}\n`);
  };
  const messages = await bench.collect();
  for (let round = 0; round < 3; round++) {
    const processor = await bench.start(inputs);
    write(300);
    await waitFor(() => new Set(messages.map(textOf)).size > written - 250, { deadlineMs: 30_000, intervalMs: 1 });
    await processor.process.kill();
    renameSync(log, `${log}.${round}`);
    write(50);
  }
  const processor = await bench.start(inputs);
  await waitFor(() => new Set(messages.map(textOf)).size === written, { deadlineMs: 30_000 });
  const ids = new Map<string, Set<string>>();
  for (const message of messages) ids.set(textOf(message), (ids.get(textOf(message)) ?? new Set()).add(message.key));
  expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([]);
  expect(ids.get(recordLine(0))).toEqual(new Set(["0199a1b2-c3d4-7000-8000-000000000000"]));
  expect((await processor.process.stop()).code).toBe(0);
  const before = messages.length;
  const again = await bench.start(inputs);
  write(1);
  await waitFor(() => messages.some((message) => textOf(message) === lineOf(written - 1)), { deadlineMs: 30_000 });
  expect(messages.length).toBe(before + 1);
  expect(await again.metric("events_received_total", 'input="file"')).toBe(1);
});

it("reads a pipe to its end, and stops then with everything in the buffer", async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => recordLine(index));
  const input = join(bench.dir, "input.ndjson");
  // The last line has no end.
  writeFileSync(input, lines.join("\n"));
  const launched = bench.launch({ inputs: [{ stdin: {} }] });
  await launched.kill();
  const arguments_ = launched.child.spawnargs.slice(launched.child.spawnargs.indexOf(process.execPath));
  const messages = await bench.collect();
  const piped = new ManagedProcess({
    command: "sh",
    arguments: ["-c", `cat "$0" | "$@"`, input, ...arguments_],
    logFile: join(bench.dir, "piped.log"),
  });
  try {
    expect(await piped.exited).toMatchObject({ code: 0 });
  } finally {
    await piped.kill();
  }
  expect(piped.output()).toMatch(/the input stdin has ended/);
  await waitFor(() => messages.length === lines.length, { deadlineMs: 30_000 });
  expect(messages.map(textOf)).toEqual(lines);
});
