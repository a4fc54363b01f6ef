import type { SeededRandom } from "@gatelog/testkit";
import { describe, expect, it } from "vitest";
import type { FileSystem } from "./file-system.ts";
import { checkImage, promisesAmong } from "./test/check-image.ts";
import type { DiskOperation } from "./test/disk-image.ts";
import { interpose, type Interposed } from "./test/interpose.ts";
import { MemoryDisk } from "./test/memory-disk.ts";
import { imageAfter } from "./test/power-loss.ts";
import { replayable } from "./test/replayable.ts";
import { runWorkload, type Promised } from "./test/workload.ts";

/** A disk on which a log was used, through `fileSystem` where one is given. */
async function usedDisk(random: SeededRandom, steps: number, wrap?: (process: FileSystem) => FileSystem): Promise<MemoryDisk<Promised>> {
  const disk = new MemoryDisk<Promised>();
  const startProcess = () => {
    const process = disk.startProcess(random);
    return { fileSystem: wrap?.(process) ?? process, kill: () => process.kill() };
  };
  await runWorkload(disk, { random, steps, startProcess });
  return disk;
}

/** Everything that is wrong in `images` power losses at random points, one line each with its point. */
async function wrongAfterPowerLoss(disk: MemoryDisk<Promised>, random: SeededRandom, points: readonly number[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const point of points) {
    const image = imageAfter(disk, point, random);
    const found = await checkImage(image, promisesAmong(disk.operations.slice(0, point)));
    wrong.push(...found.map((one) => `after operation ${point}: ${one}`));
  }
  return wrong;
}

function randomPoints(disk: MemoryDisk<Promised>, random: SeededRandom, count: number): number[] {
  return Array.from({ length: count }, () => random.integer(0, disk.operations.length));
}

/** Every write of the published end must come after an fsync of all it covers: it is what lets readers see records. */
function publishedTooEarly(operations: readonly DiskOperation<Promised>[]): number {
  const dirty = new Set<string>();
  let early = 0;
  for (const operation of operations) {
    if (operation.type === "write" && operation.path.endsWith(".seg")) dirty.add(operation.path);
    if (operation.type === "sync") dirty.delete(operation.path);
    if (operation.type === "write" && operation.path.endsWith("published") && dirty.size > 0) early += 1;
  }
  return early;
}

describe("a power loss", () => {
  it("at every single operation loses no acknowledged record, no cursor and invents nothing", { timeout: 120_000 }, async () => {
    await replayable(async (random) => {
      const disk = await usedDisk(random, 60);
      const everywhere = Array.from({ length: disk.operations.length + 1 }, (_, index) => index);
      expect(await wrongAfterPowerLoss(disk, random, everywhere)).toEqual([]);
      expect(publishedTooEarly(disk.operations)).toBe(0);
    });
  });

  it("at random points of many different uses loses nothing", { timeout: 120_000 }, async () => {
    await replayable(async (random) => {
      let freed = 0;
      for (let use = 0; use < 10; use += 1) {
        const disk = await usedDisk(random, 150);
        expect(await wrongAfterPowerLoss(disk, random, randomPoints(disk, random, 25))).toEqual([]);
        freed += disk.operations.filter((operation) => operation.type === "unlink" && operation.path.endsWith(".seg")).length;
      }
      expect(freed, "the uses must also free segments").toBeGreaterThan(10);
    });
  });

  it("during the repair after a power loss loses nothing either", { timeout: 120_000 }, async () => {
    await replayable(async (random) => {
      const disk = await usedDisk(random, 100);
      for (const point of randomPoints(disk, random, 150)) {
        const promises = promisesAmong(disk.operations.slice(0, point));
        const repairing = new MemoryDisk<Promised>(imageAfter(disk, point, random));
        expect(await checkImage(repairing.base, promises, repairing)).toEqual([]);
        // The first check also appended a record, which the second one may find.
        promises.attempted.add("a fresh record after the crash");
        const again = imageAfter(repairing, random.integer(0, repairing.operations.length), random);
        expect(await checkImage(again, promises)).toEqual([]);
      }
    });
  });
});

describe("the check of power losses", () => {
  const sabotages: Record<string, () => Interposed> = {
    "a disk whose fsync of records does nothing": () => ({
      sync: (path, proceed) => (path.endsWith(".seg") ? Promise.resolve() : proceed()),
    }),
    "a disk whose fsync of cursors does nothing": () => ({
      sync: (path, proceed) => (path.endsWith(".cursor") ? Promise.resolve() : proceed()),
    }),
    "a log that does not fsync its directory": () => ({ syncDirectory: () => Promise.resolve() }),
    "a log that publishes before the fsync": publishFirst,
  };

  for (const [name, sabotage] of Object.entries(sabotages)) {
    it(`catches ${name}`, { timeout: 120_000 }, async () => {
      await replayable(async (random) => {
        const disk = await usedDisk(random, 100, (process) => interpose(process, sabotage()));
        const wrong: string[] = [];
        for (let tries = 0; wrong.length === 0 && tries < 400; tries += 1) {
          wrong.push(...(await wrongAfterPowerLoss(disk, random, randomPoints(disk, random, 1))));
        }
        expect(wrong).not.toEqual([]);
      });
    });
  }

  it("sees a publication before the fsync in the order of the operations alone", async () => {
    await replayable(async (random) => {
      const disk = await usedDisk(random, 30, (process) => interpose(process, publishFirst()));
      expect(publishedTooEarly(disk.operations)).toBeGreaterThan(0);
    });
  });
});

/** Puts the fsync of the records behind the write of the published end, as a hasty writer would. */
function publishFirst(): Interposed {
  const late: (() => Promise<void>)[] = [];
  return {
    sync: async (path, proceed) => {
      if (path.endsWith(".seg")) late.push(proceed);
      else await proceed();
    },
    write: async (path, proceed) => {
      await proceed();
      if (path.endsWith("published")) for (const sync of late.splice(0)) await sync();
    },
  };
}
