import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { recordLine } from "../processor.test-helper.ts";
import { FileSource } from "./file-source.ts";
import type { HistoryBatch } from "./history-source.ts";

function sourceOf(file: string): FileSource {
  const plan = { files: [file], registry: undefined, codec: "line" } as const;
  return new FileSource({ plan, seedTimeZone: "UTC", mask: (event) => event });
}

async function read(source: FileSource, position?: unknown) {
  const batches: HistoryBatch[] = [];
  await source.read(position, (batch) => Promise.resolve(void batches.push(batch)));
  return {
    seen: batches.flatMap(({ events }) => events.map(({ event }) => event.message)),
    position: batches.at(-1)?.position,
  };
}

function fileOf(): string {
  const dir = mkdtempSync(join(tmpdir(), "source-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return join(dir, "calls.log");
}

const long = (sequence: number) => recordLine(sequence, { requestContent: "x".repeat(1000) });

it("a file that got the place of another one is read from its beginning, also where first lines are long", async () => {
  const file = fileOf();
  writeFileSync(file, `${long(1)}\n${recordLine(2)}\n`);
  const first = await read(sourceOf(file));
  expect(first.seen).toHaveLength(2);
  expect((await read(sourceOf(file), first.position)).seen).toHaveLength(0);
  writeFileSync(file, `${long(900)}\n${recordLine(3)}\n${recordLine(4)}\n`);
  expect((await read(sourceOf(file), first.position)).seen).toHaveLength(3);
});

it("a line that is longer than it can be read is none whose id is known", async () => {
  const file = fileOf();
  writeFileSync(file, `${"x".repeat(1024 * 1024)}\n${recordLine(2)}\n`);
  const source = sourceOf(file);
  expect((await read(source)).seen).toHaveLength(1);
  expect(source.unknown).toBe(1);
});
