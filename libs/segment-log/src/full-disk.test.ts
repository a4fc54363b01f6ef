import { execFileSync } from "node:child_process";
import { writeFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DeliveryError } from "@gatelog/pipeline";
import { temporaryDirectory } from "@gatelog/testkit";
import { describe, expect, it } from "vitest";
import type { Cursor } from "./cursor.ts";
import type { SegmentLogEvent } from "./events.ts";
import { openCursor } from "./open-cursor.ts";
import { openSegmentLog } from "./open-segment-log.ts";
import type { SegmentLog } from "./segment-log.ts";

/** A file system of one megabyte, or undefined when this user may not mount one. */
async function smallDisk(): Promise<{ path: string; remove(): Promise<void> } | undefined> {
  const directory = await temporaryDirectory();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.path], { stdio: "pipe" });
  } catch (error) {
    console.warn(
      `SKIPPED: the full disk was NOT tested, because no small file system can be mounted here (root is needed): ${String(error)}`,
    );
    await directory.remove();
    return undefined;
  }
  const remove = async () => {
    execFileSync("umount", [directory.path]);
    await directory.remove();
  };
  return { path: directory.path, remove };
}

/** Appends numbered records until the disk refuses one; returns how many were taken. */
async function fill(log: SegmentLog, first: number): Promise<number> {
  for (let number = first; ; number += 1) {
    try {
      await log.append([Buffer.from(`${number} ${"x".repeat(3_000)}`)]);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      expect(error).toMatchObject({ code: "GATELOG_SEGMENT_LOG_DISK_FULL", permanent: false });
      return number - first;
    }
  }
}

describe("a disk that is really full", () => {
  it("refuses appends, loses nothing, and takes them again when the cursor has freed space", { timeout: 60_000 }, async (context) => {
    const disk = await smallDisk();
    if (disk === undefined) {
      context.skip();
      return;
    }
    const events: SegmentLogEvent[] = [];
    const dir = join(disk.path, "log");
    const options = {
      dir,
      cursors: ["a"],
      segmentBytesMax: 64 * 1024,
      bytesMax: 64 * 1024 * 1024,
      onEvent: (event: SegmentLogEvent) => events.push(event),
    };
    try {
      let log = await openSegmentLog(options);
      let written = await fill(log, 0);
      expect(written).toBeGreaterThan(100);
      expect(await fill(log, written)).toBe(0);
      expect(log.endOffset).toBe(written);
      await log.close();

      // Opening needs no space: whoever cannot open the log cannot drain it either.
      log = await openSegmentLog(options);
      expect(log.endOffset).toBe(written);
      let read = 0;
      for (let round = 0; round < 3; round += 1) {
        const cursor = await openCursor({ dir, name: "a", onEvent: options.onEvent });
        while (read < written - 10) {
          const { records, next } = await cursor.read({ recordsMax: 10, bytesMax: 100_000, waitMsMax: 0 });
          for (const record of records) expect(record.payload.toString().split(" ")[0]).toBe(String(record.offset));
          read = next;
          await cursor.commit(next);
        }
        await cursor.close();
        await log.close();
        log = await openSegmentLog(options);
        const more = await fill(log, written);
        expect(more, `round ${round}`).toBeGreaterThan(100);
        written += more;
      }
      await log.close();
      expect(events.filter((event) => event.type !== "tail-cut")).toEqual([]);
    } finally {
      await disk.remove();
    }
  });

  it("frees the segment that is being written when every cursor has passed it: nothing else would ever make room", async (context) => {
    const disk = await smallDisk();
    if (disk === undefined) {
      context.skip();
      return;
    }
    const dir = join(disk.path, "log");
    const opened: { close(): Promise<void> }[] = [];
    const events: SegmentLogEvent[] = [];
    const onEvent = (event: SegmentLogEvent) => events.push(event);
    try {
      // The disk is smaller than a segment.
      const log = await openSegmentLog({ dir, cursors: ["a", "b"], onEvent });
      opened.unshift(log);
      const written = await fill(log, 0);
      const cursors = [await openCursor({ dir, name: "a", onEvent }), await openCursor({ dir, name: "b", onEvent })] as [Cursor, Cursor];
      opened.unshift(...cursors);
      for (const cursor of cursors) {
        expect((await cursor.read({ recordsMax: written, bytesMax: 2_000_000, waitMsMax: 0 })).next).toBe(written);
      }
      await cursors[0].commit(written);
      await cursors[1].commit(written - 1);
      expect(await fill(log, written)).toBe(0);
      expect(log.endOffset).toBe(written);
      await cursors[1].commit(written);
      // The append that finds the disk full frees the segment, and its readers let go of it when they look for more.
      expect(await fill(log, written)).toBe(0);
      for (const cursor of cursors) await cursor.read({ recordsMax: 1, bytesMax: 100_000, waitMsMax: 0 });
      expect(await log.append([Buffer.from(`${written}`)])).toEqual({ first: written, next: written + 1 });
      await log.close();
      const again = await openSegmentLog({ dir, cursors: ["a", "b"], onEvent });
      opened.unshift(again);
      expect(again.endOffset).toBe(written + 1);
      expect(await fill(again, written + 1)).toBeGreaterThan(100);
      for (const cursor of cursors) {
        const { records } = await cursor.read({ recordsMax: 1, bytesMax: 100_000, waitMsMax: 0 });
        expect(records.map(({ offset }) => offset)).toEqual([written]);
      }
      expect(events).toEqual([]);
    } finally {
      for (const part of opened) await part.close();
      await disk.remove();
    }
  });

  it("that has not even room to make the log says so, and the same opening succeeds later", async (context) => {
    const disk = await smallDisk();
    if (disk === undefined) {
      context.skip();
      return;
    }
    try {
      const ballast = join(disk.path, "ballast");
      expect(() => writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024))).toThrow(/ENOSPC/);
      const options = { dir: join(disk.path, "log"), cursors: ["a"] };
      await expect(openSegmentLog(options)).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_DISK_FULL", permanent: false });
      rmSync(ballast);
      const log = await openSegmentLog(options);
      expect((await log.append([Buffer.from("a")])).first).toBe(0);
      await log.close();
    } finally {
      await disk.remove();
    }
  });
});
