import { readCursorPosition } from "./cursor-position.ts";
import { failure, systemErrorCode, systemFailure } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { listCursors, listSegments, paths, type SegmentName } from "./layout.ts";
import { batchBytesMax } from "./limits.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { fromSlot, type Published } from "./published.ts";
import { SegmentReader } from "./segment-reader.ts";
import { SlotFile } from "./slot-file.ts";

/** One segment as it is on disk. */
export interface SegmentReport {
  readonly file: string;
  readonly firstOffset: number;
  readonly bytes: number;
  /** Valid records. */
  readonly records: number;
  /** Runs of damaged bytes between them, and how many records those held. */
  readonly corrupt: number;
  readonly recordsLost: number;
  /** Bytes behind the last valid record: a torn tail, or a batch that is being written. */
  readonly tailBytes: number;
}

/** One cursor as it is on disk. */
export interface CursorReport {
  readonly name: string;
  /** Undefined when its file is damaged. */
  readonly committed: number | undefined;
  /** Published records that it has not committed. */
  readonly lag: number | undefined;
}

/** A log as it is on disk, its files only read. */
export interface LogReport {
  readonly dir: string;
  readonly firstOffset: number;
  /** Where readers stop; undefined when the file is damaged (opening the log for writing repairs it). */
  readonly published: Published | undefined;
  readonly bytes: number;
  readonly records: number;
  readonly corrupt: number;
  readonly segments: readonly SegmentReport[];
  readonly cursors: readonly CursorReport[];
}

/**
 * Reads every record of a log and says what is there, without a lock: also beside a running writer, whose newest
 * records may then count as tail.
 *
 * **Errors**: GATELOG_SEGMENT_LOG_MISSING, _IO, _NO_ACCESS.
 */
export async function inspect(options: { dir: string; fileSystem?: FileSystem }): Promise<LogReport> {
  const { dir, fileSystem = nodeFileSystem } = options;
  const published = await readPublished(fileSystem, dir);
  const names = await listSegments(fileSystem, dir);
  const segments: SegmentReport[] = [];
  for (const name of names) {
    const report = await inspectSegment(fileSystem, dir, name);
    if (report !== undefined) segments.push(report);
  }
  const cursors: CursorReport[] = [];
  for (const name of await listCursors(fileSystem, dir)) {
    const position = await readCursorPosition(fileSystem, dir, name);
    if (position === "missing") continue;
    const committed = position?.committed;
    cursors.push({ name, committed, lag: published && committed !== undefined ? Math.max(0, published.next - committed) : undefined });
  }
  const sum = (of: (segment: SegmentReport) => number) => segments.reduce((total, segment) => total + of(segment), 0);
  const totals = { bytes: sum((one) => one.bytes), records: sum((one) => one.records), corrupt: sum((one) => one.corrupt) };
  return { dir, firstOffset: names[0]?.first ?? published?.next ?? 0, published, ...totals, segments, cursors };
}

async function readPublished(fileSystem: FileSystem, dir: string): Promise<Published | undefined> {
  try {
    const file = await SlotFile.open(fileSystem, paths.published(dir), { kind: "published", mode: "read" });
    try {
      const state = await file.read();
      return state && fromSlot(state);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") throw failure("GATELOG_SEGMENT_LOG_MISSING", `no log in ${dir}`, error);
    throw systemFailure(error, `cannot read the log in ${dir}`);
  }
}

/** Undefined when the segment was freed in the meantime. */
async function inspectSegment(fileSystem: FileSystem, dir: string, name: SegmentName): Promise<SegmentReport | undefined> {
  const path = paths.segment(dir, name);
  try {
    const file = await fileSystem.open(path, "read");
    const bytes = await file.size();
    const reader = new SegmentReader(file, { salt: name.salt, position: 0, expected: name.first });
    try {
      const read = { limit: bytes, bytesMax: batchBytesMax, recordsMax: Number.MAX_SAFE_INTEGER, from: Number.MAX_SAFE_INTEGER };
      const { gaps } = await reader.read(read);
      const recordsLost = gaps.reduce((total, gap) => total + gap.recordsLost, 0);
      const records = reader.expected - name.first - recordsLost;
      return { file: path, firstOffset: name.first, bytes, records, corrupt: gaps.length, recordsLost, tailBytes: bytes - reader.position };
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw systemFailure(error, `cannot read ${path}`);
  }
}
