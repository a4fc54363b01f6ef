import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { expect, test, type TestContext } from "vitest";
import { createFixture } from "./fixture.test-helper.ts";
import { Registry } from "./registry.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import type { FileTailEvent } from "./types.ts";

/** A file system of one megabyte that can be filled and emptied. */
interface SmallDisk {
  readonly path: string;
  fill(): void;
  empty(): Promise<void>;
  remove(): Promise<void>;
}

/** Skips the test, loudly, where this user may not mount one. */
async function smallDisk(context: TestContext): Promise<SmallDisk> {
  const directory = await temporaryDirectory("gatelog-small-disk-");
  const { path } = directory;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    console.warn(
      `SKIPPED: the full disk was NOT tested, because no small file system can be mounted here (root is needed): ${String(error)}`,
    );
    await directory.remove();
    return context.skip();
  }
  const ballast = join(path, "ballast");
  return {
    path,
    fill: () => expect(() => writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024))).toThrow(/ENOSPC/),
    empty: () => rm(ballast),
    async remove() {
      execFileSync("umount", [path]);
      await directory.remove();
    },
  };
}

function entry(number: number, offset: number): RegistryEntry {
  const generation = number.toString(16).padStart(32, "0");
  return {
    generation,
    input: "test",
    path: `/logs/${number}`,
    device: "1",
    inode: `${number}`,
    fingerprint: { length: 1, hash: "a" },
    offset,
  };
}

test("a registry on a disk that is full says so once, opens all the same, and is whole when there is room again", async (context) => {
  const disk = await smallDisk(context);
  const events: FileTailEvent[] = [];
  const open = () => Registry.open({ dir: join(disk.path, "registry"), flushMs: 5, onEvent: (event) => events.push(event) });
  try {
    let registry = await open();
    for (let number = 1; number <= 50; number += 1) registry.put(entry(number, 1));
    await registry.sync();
    disk.fill();
    for (let number = 1; number <= 500; number += 1) registry.put(entry(number, 2));
    await expect(registry.sync()).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_REGISTRY_WRITE" });
    await expect(registry.sync()).rejects.toThrow(/ENOSPC/);
    expect(events).toMatchObject([{ type: "registryWriteFailed" }]);
    await expect(registry.close()).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_REGISTRY_WRITE" });

    events.length = 0;
    registry = await open();
    expect(registry.problem).toMatch(/ENOSPC/);
    expect(events).toMatchObject([{ type: "registryWriteFailed" }]);
    expect(registry.size).toBe(50);
    registry.put(entry(1, 3));
    await disk.empty();
    await waitFor(() => registry.problem === undefined, { what: "the registry to be written" });
    await registry.close();
    registry = await open();
    expect([...registry.entries()].map(({ offset }) => offset)).toEqual([3, ...Array.from({ length: 49 }, () => 1)]);
    await registry.close();
    expect(events).toHaveLength(1);
  } finally {
    await disk.remove();
  }
});

test("while the registry's disk is full, known files go on and new ones wait; with room again nothing is missing or doubled", async (context) => {
  const disk = await smallDisk(context);
  const fixture = await createFixture();
  const registryDir = join(disk.path, "registry");
  const log = join(fixture.logs, "app.log");
  try {
    await writeFile(log, "line 1\n");
    await fixture.start({ registryDir });
    await fixture.arrived(1);
    disk.fill();
    // Whatever room the last page has is used up sooner or later.
    let lines = 1;
    const isRefused = () => fixture.events.some((event) => event.type === "registryWriteFailed");
    await waitFor(async () => {
      lines += 1;
      await appendFile(log, `line ${lines}\n`);
      await fixture.arrived(lines);
      return isRefused();
    });
    await writeFile(join(fixture.logs, "new.log"), "new\n");
    lines += 1;
    await appendFile(log, `line ${lines}\n`);
    await fixture.arrived(lines);
    expect(fixture.texts()).not.toContain("new");
    expect(fixture.tail().status().registryProblem).toMatch(/ENOSPC/);
    await disk.empty();
    await fixture.arrived(lines + 1);
    await waitFor(() => fixture.tail().status().registryProblem === undefined);
    await fixture.stop();
    await fixture.start({ registryDir });
    await appendFile(log, "last\n");
    await fixture.arrived(lines + 2);
    await fixture.stop();
    expect(fixture.texts().toSorted()).toEqual(
      [...Array.from({ length: lines }, (_, index) => `line ${index + 1}`), "last", "new"].toSorted(),
    );
  } finally {
    await fixture.remove();
    await disk.remove();
  }
});
