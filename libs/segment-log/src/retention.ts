import { fromSlot } from "./cursor-position.ts";
import { systemErrorCode, systemFailure } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { listCursors, paths } from "./layout.ts";
import { SlotFile } from "./slot-file.ts";

/** A cursor as the writer sees it. */
export interface CursorState {
  readonly name: string;
  /** Undefined while its file is missing or damaged: then it holds everything. */
  readonly committed: number | undefined;
}

/** What all cursors together are done with. */
export interface CursorRange {
  readonly cursors: readonly CursorState[];
  /** Everything before it may be freed; 0 when there is no cursor. */
  readonly min: number;
  readonly max: number;
}

/**
 * Reads the positions of the listed cursors and of all others on disk.
 *
 * **Guarantee**: every position is durable: each file is fsynced after it was read, because its reader may have written it
 * without having fsynced it yet, and space must not be freed behind a position that a power loss takes back.
 */
export async function readCursors(fileSystem: FileSystem, dir: string, listed: readonly string[]): Promise<CursorRange> {
  const names = [...new Set([...listed, ...(await listCursors(fileSystem, dir))])];
  const cursors: CursorState[] = [];
  for (const name of names) cursors.push({ name, committed: await readDurably(fileSystem, dir, name) });
  const committed = cursors.map((cursor) => cursor.committed ?? 0);
  return { cursors, min: committed.length === 0 ? 0 : Math.min(...committed), max: Math.max(0, ...committed) };
}

async function readDurably(fileSystem: FileSystem, dir: string, name: string): Promise<number | undefined> {
  try {
    const file = await SlotFile.open(fileSystem, paths.cursor(dir, name), { kind: "cursor", mode: "read" });
    try {
      const state = await file.read();
      await file.sync();
      return state === undefined ? undefined : fromSlot(state).committed;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw systemFailure(error, `cannot read the position of cursor ${name} in ${dir}`);
  }
}
