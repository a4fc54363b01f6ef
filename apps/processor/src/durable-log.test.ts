import { join } from "node:path";
import { backOff, type DeliveryError, systemClock } from "@gatelog/pipeline";
import { type FileSystem, nodeFileSystem, openCursor, payloadBytesMax } from "@gatelog/segment-log";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DurableLog } from "./durable-log.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let retried: DeliveryError[];
const never = new AbortController().signal;

beforeEach(async () => {
  directory = await temporaryDirectory();
  retried = [];
});

afterEach(async () => {
  await directory.remove();
});

/** A disk whose next fsyncs and writes of segments can be made to fail. */
function badDisk(): FileSystem & { failing: "sync" | "write" | undefined } {
  const disk: FileSystem & { failing: "sync" | "write" | undefined } = {
    ...nodeFileSystem,
    failing: undefined,
    open: async (path, mode) => {
      const file = await nodeFileSystem.open(path, mode);
      if (!path.endsWith(".seg")) return file;
      const fail = (what: "sync" | "write", code: string) => {
        if (disk.failing === what) throw Object.assign(new Error(`${code}: by injection`), { code });
      };
      return {
        read: (buffer, position) => file.read(buffer, position),
        truncate: (size) => file.truncate(size),
        size: () => file.size(),
        close: () => file.close(),
        sync: async () => (fail("sync", "EIO"), file.sync()),
        write: async (buffer, position) => (fail("write", "ENOSPC"), file.write(buffer, position)),
      };
    },
  };
  return disk;
}

function open(fileSystem: FileSystem): Promise<DurableLog> {
  return DurableLog.open({
    dir: join(directory.path, "log"),
    bytesMax: 1024 * 1024,
    cursors: ["reader"],
    fileSystem,
    clock: systemClock,
    retry: backOff({ minMs: 1, maxMs: 10 }),
    onEvent: () => undefined,
    onRetry: (error) => retried.push(error),
  });
}

async function contents(): Promise<string[]> {
  const cursor = await openCursor({ dir: join(directory.path, "log"), name: "reader" });
  const lines: string[] = [];
  for (let more = true; more;) {
    const { records } = await cursor.read({ recordsMax: 1000, bytesMax: 1024 * 1024, waitMsMax: 0 });
    lines.push(...records.map(({ payload }) => payload.toString()));
    more = records.length > 0;
  }
  await cursor.close();
  return lines;
}

describe("a durable log", () => {
  it.each(["sync", "write"] as const)(
    "outlives a disk whose %s fails for a while: the append resolves when it is durable",
    async (failing) => {
      const disk = badDisk();
      const log = await open(disk);
      await log.append([Buffer.from("before")], never);
      disk.failing = failing;
      const appends = Promise.all(["a", "b", "c"].map((line) => log.append([Buffer.from(line)], never)));
      await waitFor(() => retried.length > 3);
      expect(log.trouble).toBeDefined();
      disk.failing = undefined;
      await appends;
      expect(log.trouble).toBeUndefined();
      await log.append([Buffer.from("after")], never);
      const lines = await contents();
      expect(new Set(lines)).toEqual(new Set(["before", "a", "b", "c", "after"]));
      expect(lines.at(-1)).toBe("after");
      await log.close();
    },
  );

  it("gives up at once when it is told to, and refuses for good what no log takes", async () => {
    const disk = badDisk();
    const log = await open(disk);
    await expect(log.append([Buffer.alloc(payloadBytesMax + 1)], never)).rejects.toMatchObject({ permanent: true });
    disk.failing = "write";
    const giveUp = new AbortController();
    const append = log.append([Buffer.from("a")], giveUp.signal);
    await waitFor(() => retried.length > 0);
    giveUp.abort();
    await expect(append).rejects.toBeDefined();
    disk.failing = undefined;
    await log.close();
  });
});
