import { join } from "node:path";
import { failure, systemErrorCode, systemFailure } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";

/*
 * <dir>/writer.lock                                   locked by the writer
 * <dir>/published                                     slot file: where readers stop
 * <dir>/<first offset, 20 digits>-<salt, 8 hex>.seg   segments
 * <dir>/cursors/<name>.cursor                         slot file: position of a cursor
 * <dir>/cursors/<name>.lock                           locked by the cursor's reader
 */
const segmentName = /^(\d{20})-([0-9a-f]{8})\.seg$/;
/** A later layout names its segments `.seg2` and so on, so that this version refuses them instead of taking them for damage. */
const laterSegmentName = /^\d{20}-[0-9a-f]{8}\.seg\d+$/;
const cursorFileName = /^(.+)\.cursor$/;
const cursorName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Paths of a log's files. */
export const paths = {
  writerLock: (dir: string) => join(dir, "writer.lock"),
  published: (dir: string) => join(dir, "published"),
  segment: (dir: string, segment: SegmentName) =>
    join(dir, `${String(segment.first).padStart(20, "0")}-${segment.salt.toString(16).padStart(8, "0")}.seg`),
  cursors: (dir: string) => join(dir, "cursors"),
  cursor: (dir: string, name: string) => join(dir, "cursors", `${name}.cursor`),
  cursorLock: (dir: string, name: string) => join(dir, "cursors", `${name}.lock`),
} as const;

/** What a segment's file name says. */
export interface SegmentName {
  /** Offset of the first record. */
  readonly first: number;
  /** Random; the records' checksums begin with it. */
  readonly salt: number;
}

/** The segments on disk, oldest first; empty when there is no log. Throws GATELOG_SEGMENT_LOG_VERSION for a later version's log. */
export async function listSegments(fileSystem: FileSystem, dir: string): Promise<SegmentName[]> {
  const names = await readNames(fileSystem, dir);
  const later = names.find((name) => laterSegmentName.test(name));
  if (later !== undefined) throw failure("GATELOG_SEGMENT_LOG_VERSION", `the log in ${dir} has the segment ${later}`);
  const found = names.flatMap((name) => {
    const [, first, salt] = segmentName.exec(name) ?? [];
    return first === undefined || salt === undefined ? [] : [{ first: Number(first), salt: Number.parseInt(salt, 16) }];
  });
  return found.sort((a, b) => a.first - b.first);
}

/** Names of the cursors on disk. */
export async function listCursors(fileSystem: FileSystem, dir: string): Promise<string[]> {
  const names = await readNames(fileSystem, paths.cursors(dir));
  return names.flatMap((name) => cursorFileName.exec(name)?.[1] ?? []).sort();
}

/** Throws GATELOG_SEGMENT_LOG_NAME when the name cannot be a file's. */
export function checkCursorName(name: string): void {
  if (!cursorName.test(name)) throw failure("GATELOG_SEGMENT_LOG_NAME", `cursor ${JSON.stringify(name)}`);
}

async function readNames(fileSystem: FileSystem, dir: string): Promise<string[]> {
  try {
    return await fileSystem.readdir(dir);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw systemFailure(error, `cannot list ${dir}`);
  }
}
