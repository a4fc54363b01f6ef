import { systemErrorCode, systemFailure } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { paths } from "./layout.ts";
import { SlotFile, type SlotState } from "./slot-file.ts";

/** Where a cursor stands. */
export interface CursorPosition {
  /** Everything before it is done with. */
  readonly committed: number;
  /** Where the record `committed` stands, so that opening needs no scan: a segment's first offset and a position in it. */
  readonly place?: { readonly first: number; readonly position: number };
}

export function toSlot(position: CursorPosition): SlotState {
  const { place } = position;
  return [position.committed, place?.first ?? 0, place?.position ?? 0, place === undefined ? 0 : 1];
}

export function fromSlot([committed, first, position, hasPlace]: SlotState): CursorPosition {
  return hasPlace === 1 ? { committed, place: { first, position } } : { committed };
}

/** Reads a cursor's saved position without its lock: undefined when the file is damaged, `missing` when there is none. */
export async function readCursorPosition(
  fileSystem: FileSystem,
  dir: string,
  name: string,
): Promise<CursorPosition | undefined | "missing"> {
  try {
    const file = await SlotFile.open(fileSystem, paths.cursor(dir, name), { kind: "cursor", mode: "read" });
    try {
      const state = await file.read();
      return state === undefined ? undefined : fromSlot(state);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return "missing";
    throw systemFailure(error, `cannot read the position of cursor ${name} in ${dir}`);
  }
}
