import type { SegmentLogEvent } from "./events.ts";
import type { FileSystem, LogFile } from "./file-system.ts";
import { batchBytesMax } from "./limits.ts";
import { listSegments, paths, type SegmentName } from "./layout.ts";
import { nothingPublished, type Published } from "./published.ts";
import { SegmentReader, type Gap } from "./segment-reader.ts";

/** A segment that has records, with its size. */
export interface Segment extends SegmentName {
  bytes: number;
}

/** What is given to the recovery. */
export interface RecoverOptions {
  readonly fileSystem: FileSystem;
  readonly dir: string;
  /** As found; undefined when it could not be read. */
  readonly published: Published | undefined;
  /** Lowest and highest position of the cursors on disk; both 0 when one is unreadable or there is none. */
  readonly cursors: { readonly min: number; readonly max: number };
  readonly emit: (event: SegmentLogEvent) => void;
}

/** The log as it is on disk, all of it durable, its torn tail cut off. */
export interface Recovered {
  readonly segments: Segment[];
  /** Offset of the next record; no offset that was ever acknowledged is given again. */
  readonly next: number;
}

/**
 * Finds the log's true end, which may be beyond the published one (that is not fsynced), and repairs the tail.
 *
 * **Guarantee**: every acknowledged record stays. What is cut was never acknowledged: it stands behind the last record
 * that is known to have been durable.
 */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const { fileSystem, dir, published = nothingPublished, cursors, emit } = options;
  const { segments, emptyFirst } = await readSegments(fileSystem, dir);
  const tail = segments.at(-1);
  const found = tail === undefined ? 0 : await repairTail(options, tail, emptyFirst);
  if (tail?.bytes === 0) {
    await fileSystem.unlink(paths.segment(dir, tail));
    segments.pop();
  }
  const known = Math.max(found, emptyFirst, tail?.first ?? 0);
  const next = Math.max(known, published.next, cursors.max);
  if (next > known && cursors.min < next) {
    const offset = Math.max(known, cursors.min);
    emit({
      type: "published-ahead",
      level: "error",
      message: `the log in ${dir} ends at offset ${known}, but ${next} was promised: the disk lost what it had acknowledged`,
      offset,
      recordsLost: next - offset,
    });
  }
  return { segments, next };
}

/** All segments with bytes; empty ones are deleted. `emptyFirst`: the highest offset that an empty one was made for. */
async function readSegments(fileSystem: FileSystem, dir: string): Promise<{ segments: Segment[]; emptyFirst: number }> {
  const segments: Segment[] = [];
  let emptyFirst = 0;
  for (const name of await listSegments(fileSystem, dir)) {
    const path = paths.segment(dir, name);
    const bytes = await withFile(fileSystem, path, "read", (file) => file.size());
    if (bytes > 0) segments.push({ ...name, bytes });
    else {
      // Made for records that never came; its name is proof that the segment before it is complete.
      emptyFirst = Math.max(emptyFirst, name.first);
      await fileSystem.unlink(path);
    }
  }
  return { segments, emptyFirst };
}

/** Scans the newest segment from the published end on, cuts what is torn, makes the rest durable; returns the offset after its last record. */
async function repairTail(options: RecoverOptions, tail: Segment, emptyFirst: number): Promise<number> {
  const { fileSystem, dir, published, emit } = options;
  return withFile(fileSystem, paths.segment(dir, tail), "write", async (file) => {
    const trusted = published?.first === tail.first && published.bytes <= tail.bytes ? published : { bytes: 0, next: tail.first };
    const end = await findEnd(file, tail, trusted);
    // A newer segment was begun, though empty: this one was complete and durable before, so what looks torn is damage. Readers report it.
    const cut = emptyFirst > tail.first ? 0 : tail.bytes - end.bytes;
    if (cut > 0) {
      await file.truncate(end.bytes);
      emit({
        type: "tail-cut",
        level: "warn",
        message: `${cut} bytes that were never acknowledged were cut from the end of the log in ${dir}`,
        offset: end.next,
        bytes: cut,
      });
      tail.bytes = end.bytes;
    }
    // After a killed process the tail may be in the page cache only.
    if (tail.bytes > 0) await file.sync();
    return end.next;
  });
}

interface End {
  readonly bytes: number;
  readonly next: number;
}

/**
 * Where the segment's acknowledged part ends at the earliest. Valid records behind a damaged one stay when one of them proves
 * that the damaged one had been durable when it was written; else all of them belong to the batch that was torn.
 */
async function findEnd(file: LogFile, tail: Segment, from: End): Promise<End> {
  const reader = new SegmentReader(file, { salt: tail.salt, position: from.bytes, expected: from.next });
  const gaps: Gap[] = [];
  while (reader.position < tail.bytes) {
    const before = reader.position;
    const read = await reader.read({
      limit: tail.bytes,
      bytesMax: batchBytesMax,
      recordsMax: Number.MAX_SAFE_INTEGER,
      from: Number.MAX_SAFE_INTEGER,
    });
    gaps.push(...read.gaps);
    if (reader.position === before) break;
  }
  const torn = gaps.find((gap) => gap.offset >= reader.base);
  if (torn !== undefined) return { bytes: torn.position, next: torn.offset };
  return { bytes: reader.position, next: reader.expected };
}

async function withFile<T>(fileSystem: FileSystem, path: string, mode: "read" | "write", use: (file: LogFile) => Promise<T>): Promise<T> {
  const file = await fileSystem.open(path, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
