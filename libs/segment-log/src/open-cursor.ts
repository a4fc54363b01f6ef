import { systemClock } from "@gatelog/pipeline";
import type { Cursor, CursorOptions } from "./cursor.ts";
import { fromSlot, toSlot } from "./cursor-position.ts";
import { failure, systemErrorCode, systemFailure } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { checkCursorName, listCursors, listSegments, paths } from "./layout.ts";
import { openPollMs } from "./limits.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { NamedCursor } from "./named-cursor.ts";
import { fromSlot as publishedFromSlot, nothingPublished, type Published } from "./published.ts";
import { SlotFile, type SlotState } from "./slot-file.ts";

/**
 * Opens a registered cursor, also while the log's writer is another process or none.
 *
 * **Errors**: GATELOG_SEGMENT_LOG_MISSING, _CURSOR_UNKNOWN (both may pass: see `waitForLog`), _LOCKED when another reader has the
 * cursor, _NAME (permanent), _CLOSED when `signal` aborts, _IO, _NO_ACCESS.
 */
export async function openCursor(options: CursorOptions): Promise<Cursor> {
  checkCursorName(options.name);
  const { dir, name, waitForLog = false, signal, fileSystem = nodeFileSystem } = options;
  for (;;) {
    const lacking = await findLacking(fileSystem, dir, name);
    if (lacking === undefined) break;
    if (!waitForLog) throw failure(lacking, `cursor ${name} in ${dir}`);
    await systemClock.sleep(openPollMs, signal);
    if (signal?.aborted === true) throw failure("GATELOG_SEGMENT_LOG_CLOSED", `cursor ${name} in ${dir}`);
  }
  const lock = await lockCursor(fileSystem, dir, name);
  try {
    return await open({ ...options, fileSystem }, () => lock.release());
  } catch (error) {
    await lock.release();
    throw systemFailure(error, `cannot open cursor ${name} in ${dir}`);
  }
}

async function findLacking(fileSystem: FileSystem, dir: string, name: string) {
  if ((await listCursors(fileSystem, dir)).includes(name)) return undefined;
  try {
    const published = await fileSystem.open(paths.published(dir), "read");
    await published.close();
    return "GATELOG_SEGMENT_LOG_CURSOR_UNKNOWN" as const;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return "GATELOG_SEGMENT_LOG_MISSING" as const;
    throw systemFailure(error, `cannot open the log in ${dir}`);
  }
}

async function lockCursor(fileSystem: FileSystem, dir: string, name: string) {
  const lock = await fileSystem.lock(paths.cursorLock(dir, name)).catch((error: unknown) => {
    throw systemFailure(error, `cannot lock cursor ${name} in ${dir}`);
  });
  if (lock === undefined) throw failure("GATELOG_SEGMENT_LOG_LOCKED", `cursor ${name} in ${dir} has a reader already`);
  return lock;
}

async function open(options: CursorOptions & { fileSystem: FileSystem }, release: () => Promise<void>): Promise<Cursor> {
  const { dir, name, fileSystem, onEvent: emit = () => undefined } = options;
  const file = await SlotFile.open(fileSystem, paths.cursor(dir, name), { kind: "cursor", mode: "write" });
  try {
    const state = await file.read();
    let position = state && fromSlot(state);
    if (position === undefined) {
      position = { committed: (await listSegments(fileSystem, dir))[0]?.first ?? 0 };
      await file.write(toSlot(position));
      await file.sync();
      const message = `the position of cursor ${name} in ${dir} is damaged; it begins again at offset ${position.committed}, the oldest kept`;
      emit({ type: "cursor-unreadable", level: "error", message, offset: position.committed });
    }
    const published = await SlotFile.open(fileSystem, paths.published(dir), { kind: "published", mode: "read" });
    const seen = toPublished(await published.read());
    return new NamedCursor({ dir, name, fileSystem, emit, file, published, position, seen, release });
  } catch (error) {
    await file.close();
    throw error;
  }
}

function toPublished(state: SlotState | undefined): Published {
  return state === undefined ? nothingPublished : publishedFromSlot(state);
}
