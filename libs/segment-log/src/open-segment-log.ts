import { toSlot as cursorToSlot } from "./cursor-position.ts";
import { failure, systemErrorCode, systemFailure } from "./errors.ts";
import type { OnSegmentLogEvent } from "./events.ts";
import type { FileSystem } from "./file-system.ts";
import { checkCursorName, listCursors, paths } from "./layout.ts";
import { logBytes, segmentBytes, segmentsPerLogMin } from "./limits.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { fromSlot, nothingPublished, toSlot } from "./published.ts";
import { recover } from "./recovery.ts";
import { readCursors } from "./retention.ts";
import { SegmentLogWriter } from "./segment-log-writer.ts";
import type { SegmentLog, SegmentLogOptions } from "./segment-log.ts";
import { SegmentStore } from "./segment-store.ts";
import { SlotFile } from "./slot-file.ts";

/**
 * Opens a log for writing, made when missing, repaired when torn; new records go to a new segment.
 *
 * **Errors**: GATELOG_SEGMENT_LOG_LOCKED when another writer has it; _OPTION, _NAME (permanent); _DISK_FULL, _NO_ACCESS, _IO.
 * **Guarantee**: one writer at a time, by a kernel lock that ends with the process.
 */
export async function openSegmentLog(options: SegmentLogOptions): Promise<SegmentLog> {
  const sizes = checkOptions(options);
  const { dir, fileSystem = nodeFileSystem } = options;
  try {
    await fileSystem.makeDirectory(dir);
    await fileSystem.makeDirectory(paths.cursors(dir));
    const lock = await fileSystem.lock(paths.writerLock(dir));
    if (lock === undefined) throw failure("GATELOG_SEGMENT_LOG_LOCKED", `the log in ${dir} has a writer already`);
    try {
      const emit = options.onEvent ?? (() => undefined);
      const store = await openStore(options, { fileSystem, segmentBytesMax: sizes.segmentBytesMax, emit });
      return new SegmentLogWriter({ dir, fileSystem, bytesMax: sizes.bytesMax, cursors: options.cursors, store, lock, emit });
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw systemFailure(error, `cannot open the log in ${dir}`);
  }
}

function checkOptions(options: SegmentLogOptions): { segmentBytesMax: number; bytesMax: number } {
  for (const name of options.cursors) checkCursorName(name);
  const bytesMax = options.bytesMax ?? logBytes.default;
  if (!Number.isSafeInteger(bytesMax) || bytesMax < logBytes.min) {
    throw failure("GATELOG_SEGMENT_LOG_OPTION", `bytesMax is ${bytesMax}, it must be an integer of at least ${logBytes.min}`);
  }
  const share = Math.max(segmentBytes.min, Math.floor(bytesMax / 16));
  const segmentBytesMax = options.segmentBytesMax ?? Math.min(segmentBytes.default, share);
  const largest = Math.min(segmentBytes.max, Math.floor(bytesMax / segmentsPerLogMin));
  if (!Number.isSafeInteger(segmentBytesMax) || segmentBytesMax < segmentBytes.min || segmentBytesMax > largest) {
    const range = `between ${segmentBytes.min} and ${largest}, half of bytesMax`;
    throw failure("GATELOG_SEGMENT_LOG_OPTION", `segmentBytesMax is ${segmentBytesMax}, it must be an integer ${range}`);
  }
  return { segmentBytesMax, bytesMax };
}

interface StoreContext {
  readonly fileSystem: FileSystem;
  readonly segmentBytesMax: number;
  readonly emit: OnSegmentLogEvent;
}

async function openStore(options: SegmentLogOptions, context: StoreContext): Promise<SegmentStore> {
  const { dir, cursors, fsync = true } = options;
  const { fileSystem, emit } = context;
  const published = await openPublished(fileSystem, dir);
  try {
    const state = await published.read();
    if (state === undefined) {
      emit({
        type: "published-unreadable",
        level: "warn",
        message: `${paths.published(dir)} is damaged; the log's end is found by scanning`,
      });
    }
    const range = await readCursors(fileSystem, dir, await listCursors(fileSystem, dir));
    const found = await recover({ fileSystem, dir, published: state && fromSlot(state), cursors: range, emit });
    const store = new SegmentStore({ ...context, dir, fsync, published, ...found });
    await store.publish();
    // Freed first: a new cursor then begins at a record that is really kept.
    await store.free(range.min).catch((error: unknown) => {
      emit({ type: "free-failed", level: "warn", message: `no space can be freed in ${dir}; it is tried again`, error });
    });
    await registerCursors(fileSystem, dir, { names: cursors, first: store.first });
    sayUnlisted(dir, { listed: cursors, found: range.cursors.map((cursor) => cursor.name) }, emit);
    return store;
  } catch (error) {
    await published.close();
    throw error;
  }
}

async function openPublished(fileSystem: FileSystem, dir: string): Promise<SlotFile> {
  const path = paths.published(dir);
  try {
    return await SlotFile.open(fileSystem, path, { kind: "published", mode: "write" });
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
  }
  await SlotFile.create(fileSystem, path, { kind: "published", state: toSlot(nothingPublished) });
  await fileSystem.syncDirectory(dir);
  return SlotFile.open(fileSystem, path, { kind: "published", mode: "write" });
}

/** Makes the cursors that are not there yet, at the oldest record kept, durably. */
async function registerCursors(fileSystem: FileSystem, dir: string, options: { names: readonly string[]; first: number }): Promise<void> {
  const there = new Set(await listCursors(fileSystem, dir));
  const missing = options.names.filter((name) => !there.has(name));
  for (const name of missing) {
    await SlotFile.create(fileSystem, paths.cursor(dir, name), { kind: "cursor", state: cursorToSlot({ committed: options.first }) });
  }
  if (missing.length > 0) await fileSystem.syncDirectory(paths.cursors(dir));
}

function sayUnlisted(dir: string, names: { listed: readonly string[]; found: readonly string[] }, emit: OnSegmentLogEvent): void {
  for (const name of names.found.filter((name) => !names.listed.includes(name))) {
    const message = `cursor ${name} of the log in ${dir} is not in the writer's list; it is kept and holds space until it reads on or is removed`;
    emit({ type: "cursor-unlisted", level: "warn", message, cursor: name });
  }
}
