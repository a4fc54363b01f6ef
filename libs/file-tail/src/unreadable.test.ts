import { chmod, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { manualClock } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileSet } from "./file-set.ts";
import { createFixture, type Fixture } from "./fixture.test-helper.ts";
import { defaultLimits } from "./limits.ts";
import { createLineCutter } from "./lines/create-line-cutter.ts";
import { LooseGenerations } from "./loose-generations.ts";
import { OpenFiles } from "./open-files.ts";
import { Registry } from "./registry.ts";

/** Files that cannot be opened. */
let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
  await chmod(dirname(fixture.logs), 0o755);
});
afterEach(() => fixture.remove());

/** Runs as a user who may not do everything, so that modes count. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

async function openFiles() {
  const clock = manualClock();
  const registry = await Registry.open({ dir: fixture.registryDir, flushMs: 10 });
  const failed: string[] = [];
  const onEvent = (event: { type: string; path?: string }) => {
    if (event.type === "readFailed" && event.path !== undefined) failed.push(event.path);
  };
  const shared = { registry, limits: defaultLimits, clock, newGeneration: () => Buffer.alloc(16), onEvent };
  const loose = new LooseGenerations(shared);
  const files = new FileSet({ ...shared, loose, inputs: [{ id: "test", paths: [join(fixture.logs, "*.log")] }], excluded: [] });
  const cutter = createLineCutter({}, { lineBytesMax: 100 });
  const open = new OpenFiles({ ...shared, files, loose, cutterOf: () => cutter, onEnded: () => {}, onDue: () => {} });
  await files.scan();
  const look = () => unprivileged(() => open.prepare());
  return { clock, failed, files, open, look, close: async () => (await open.closeAll(), await registry.close()) };
}

const at = (name: string) => join(fixture.logs, name);

async function writeUnreadable(name: string): Promise<void> {
  await writeFile(at(name), "line\n", { mode: 0 });
}

test("a file that cannot be opened is tried again after ever longer pauses, grown or not, and read as soon as it then can be", async () => {
  await writeUnreadable("a.log");
  const { clock, failed, files, open, look, close } = await openFiles();
  const pauses: number[] = [];
  for (let count = 1; count <= 8; count += 1) {
    await look();
    expect(failed).toHaveLength(count);
    await writeFile(at("a.log"), "line\n".repeat(count + 1));
    await files.scan();
    await look();
    pauses.push(open.nextPollMs - clock.monotonicMs());
    await clock.advance(open.nextPollMs - clock.monotonicMs());
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  await chmod(at("a.log"), 0o644);
  await look();
  expect(failed).toHaveLength(8);
  expect({ open: open.count, failures: files.atPath(at("a.log"))?.failures }).toEqual({ open: 1, failures: 0 });
  await close();
});

test("many files that cannot be opened hold up the others for a few of them at a time only", async () => {
  const count = 50;
  for (let index = 0; index < count; index += 1) await writeUnreadable(`bad-${index}.log`);
  const { clock, failed, files, open, look, close } = await openFiles();
  const perLook: number[] = [];
  for (let before = 0; open.nextPollMs <= clock.monotonicMs() || perLook.length === 0; before = failed.length) {
    await look();
    perLook.push(failed.length - before);
  }
  expect(perLook).toEqual([16, 16, 16, 2]);
  // What was never tried goes before all that is to be tried again.
  await writeFile(at("good.log"), "line\n");
  await files.scan();
  await clock.advance(1000);
  await look();
  expect({ open: open.count, failed: failed.length }).toEqual({ open: 1, failed: count + 16 });
  await close();
});
