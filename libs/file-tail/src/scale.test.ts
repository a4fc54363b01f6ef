import { execFile } from "node:child_process";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "@gatelog/pipeline";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileSet } from "./file-set.ts";
import { createFixture, type Fixture } from "./fixture.test-helper.ts";
import { defaultLimits } from "./limits.ts";
import { LooseGenerations } from "./loose-generations.ts";
import { OpenFiles } from "./open-files.ts";
import { createLineCutter } from "./lines/create-line-cutter.ts";
import { Registry } from "./registry.ts";
import { Strays } from "./strays.ts";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.remove());

async function writeLogs(count: number): Promise<void> {
  for (let from = 0; from < count; from += 100) {
    await Promise.all(
      Array.from({ length: Math.min(100, count - from) }, (_, index) =>
        writeFile(join(fixture.logs, `service-${from + index}.log`), `line of ${from + index}\n`),
      ),
    );
  }
}

test("thousands of files are read through few handles, and those that grow afterwards too", async () => {
  await writeLogs(3000);
  await fixture.start({ limits: { openFilesMax: 16 } });
  await fixture.arrived(3000);
  await appendFile(join(fixture.logs, "service-7.log"), "more of 7\n");
  await appendFile(join(fixture.logs, "service-2999.log"), "more of 2999\n");
  await fixture.arrived(3002);
  await fixture.stop();
  expect(new Set(fixture.texts()).size).toBe(3002);
});

test("EMFILE: a process that may have few files open reads all of them in turn, and says so", async () => {
  await writeLogs(300);
  const helper = join(import.meta.dirname, "few-handles.test-helper.ts");
  const command = 'ulimit -n 128 && exec "$0" --import tsx "$@"';
  const { stdout } = await promisify(execFile)("sh", ["-c", command, process.execPath, helper, fixture.logs, fixture.registryDir, "300"]);
  expect(JSON.parse(stdout)).toEqual({ lines: 300, wasRefused: true });
}, 60_000);

test("idle files cost a pass nothing: it looks at none of them", async () => {
  await writeLogs(500);
  const registry = await Registry.open({ dir: fixture.registryDir, flushMs: 10 });
  const shared = { registry, limits: defaultLimits, clock: systemClock, newGeneration: () => Buffer.alloc(16) };
  const loose = new LooseGenerations(shared);
  const files = new FileSet({
    ...shared,
    loose,
    inputs: [{ id: "test", paths: [join(fixture.logs, "*.log")], startAt: "end" }],
    excluded: [],
  });
  const cutter = createLineCutter({}, { lineBytesMax: 100 });
  const open = new OpenFiles({ ...shared, files, loose, cutterOf: () => cutter, onEnded: () => {}, onDue: () => {} });
  await files.scan();
  await waitFor(async () => {
    await open.prepare();
    return files.wanted.size === 0;
  });
  await open.closeAll();
  let looks = 0;
  for (const file of files.values()) {
    Object.defineProperty(file, "isMissing", {
      get: () => {
        looks += 1;
        return false;
      },
    });
  }
  await open.poll(() => false);
  await open.closeIdle();
  await open.prepare();
  expect(open.readable()).toEqual([]);
  expect({ files: files.size, looks }).toEqual({ files: 500, looks: 0 });
  await registry.close();
});

// Copied for each that joins it, a list of so many takes minutes.
test("what is unread of very many files that are gone from one directory is looked for in one look at it", async () => {
  const count = 100_000;
  const registry = await Registry.open({ dir: fixture.registryDir, flushMs: 60_000 });
  for (let index = 0; index < count; index += 1) {
    const generation = index.toString(16).padStart(32, "0");
    const fingerprint = { length: 10, hash: generation.repeat(2) };
    const place = { path: join(fixture.logs, `pod-${index}.log`), device: "1", inode: String(index + 1) };
    registry.put({ generation, input: "test", ...place, fingerprint, offset: 10, size: 20, missingSince: 1 });
  }
  const shared = { registry, limits: defaultLimits, clock: systemClock, newGeneration: () => Buffer.alloc(16) };
  const loose = new LooseGenerations(shared);
  const files = new FileSet({ ...shared, loose, inputs: [{ id: "test", paths: [join(fixture.logs, "*.log")] }], excluded: [] });
  const cutterOf = () => createLineCutter({}, { lineBytesMax: 100 });
  const open = new OpenFiles({ ...shared, files, loose, cutterOf, onEnded: () => {}, onDue: () => {} });
  await writeFile(join(fixture.logs, "other"), "of nobody\n");
  await new Strays({ ...shared, files, loose, open, cutterOf }).find();
  expect([...loose.values()].every(({ looks }) => looks === 1)).toBe(true);
  await registry.close();
}, 60_000);
