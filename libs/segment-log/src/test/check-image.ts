import type { Cursor } from "../cursor.ts";
import type { SegmentLogEvent } from "../events.ts";
import type { FileSystem } from "../file-system.ts";
import { openCursor } from "../open-cursor.ts";
import { openSegmentLog } from "../open-segment-log.ts";
import type { LogRecord } from "../record-scan.ts";
import type { SegmentLog } from "../segment-log.ts";
import type { DiskImage, DiskOperation } from "./disk-image.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { workloadCursors, workloadDirectory, workloadSizes, type Promised } from "./workload.ts";

/** What happens on a disk that keeps its word must never make the log say one of these. */
const losses: ReadonlySet<SegmentLogEvent["type"]> = new Set([
  "corrupt",
  "records-missing",
  "published-ahead",
  "cursor-unreadable",
  "cursor-behind",
]);

/** All that was said before the crash. */
export interface Promises {
  /** Payloads that somebody tried to append, by their bytes. */
  readonly attempted: Set<string>;
  /** Payloads by offset that were acknowledged. */
  readonly appended: Map<number, string>;
  readonly commitTried: Map<string, number>;
  readonly committed: Map<string, number>;
}

/** The promises among the first operations. */
export function promisesAmong(operations: readonly DiskOperation<Promised>[]): Promises {
  const promises: Promises = { attempted: new Set(), appended: new Map(), commitTried: new Map(), committed: new Map() };
  for (const operation of operations) if (operation.type === "mark") note(promises, operation.mark);
  return promises;
}

function note(promises: Promises, mark: Promised): void {
  if (mark.type === "append") for (const payload of mark.payloads) promises.attempted.add(text(payload));
  else if (mark.type === "appended") mark.payloads.forEach((payload, index) => promises.appended.set(mark.first + index, text(payload)));
  else (mark.type === "commit" ? promises.commitTried : promises.committed).set(mark.cursor, mark.next);
}

/**
 * Opens a log after a crash and says everything that is wrong with it: an acknowledged record that is not there, a cursor
 * that lost its place or passed the end, a record that nobody wrote, a loss that is reported, a log that takes no new record.
 *
 * `recovery` is the disk on which that happens, so that a second crash within it can be made.
 */
export async function checkImage(image: DiskImage, promises: Promises, recovery = new MemoryDisk<Promised>(image)): Promise<string[]> {
  const wrong: string[] = [];
  const onEvent = (event: SegmentLogEvent) => {
    if (losses.has(event.type)) wrong.push(`${event.type}: ${event.message}`);
  };
  const context = { dir: workloadDirectory, fileSystem: recovery.startProcess(), onEvent };
  const log = await openSegmentLog({ ...context, ...workloadSizes, cursors: workloadCursors });
  const fresh = Buffer.from("a fresh record after the crash");
  const end = log.endOffset;
  try {
    for (const name of workloadCursors) {
      const cursor = await openCursor({ ...context, name });
      wrong.push(...checkPlace(cursor, log, promises));
      const records = await readAll(cursor, end);
      wrong.push(...checkRecords(records, { promises, name, from: cursor.committed, end }));
      await cursor.close();
    }
    wrong.push(...(await checkFresh(log, { ...context, fresh })));
  } finally {
    await log.close();
  }
  return wrong;
}

function checkPlace(cursor: Cursor, log: SegmentLog, promises: Promises): string[] {
  const wrong: string[] = [];
  const { name, committed } = cursor;
  if (committed > log.endOffset) wrong.push(`cursor ${name} is at ${committed}, beyond the end ${log.endOffset}`);
  if (committed < (promises.committed.get(name) ?? 0))
    wrong.push(`cursor ${name} fell back to ${committed} from ${promises.committed.get(name)}`);
  if (committed > (promises.commitTried.get(name) ?? 0)) wrong.push(`cursor ${name} is at ${committed}, where nobody put it`);
  return wrong;
}

function checkRecords(records: readonly LogRecord[], at: { promises: Promises; name: string; from: number; end: number }): string[] {
  const { promises, name, from, end } = at;
  const wrong: string[] = [];
  const read = new Map(records.map((record) => [record.offset, text(record.payload)]));
  if (read.size !== records.length) wrong.push(`cursor ${name} read an offset twice`);
  for (const [offset, payload] of promises.appended) {
    if (offset >= from && read.get(offset) !== payload) wrong.push(`cursor ${name}: the acknowledged record ${offset} is not there`);
  }
  for (const [offset, payload] of read) {
    if (!promises.attempted.has(payload)) wrong.push(`cursor ${name}: nobody wrote record ${offset}`);
    if (offset >= end) wrong.push(`cursor ${name}: record ${offset} is beyond the end ${end}`);
  }
  return wrong;
}

async function checkFresh(log: SegmentLog, context: { dir: string; fileSystem: FileSystem; fresh: Buffer }) {
  const { first } = await log.append([context.fresh]);
  const cursor = await openCursor({ ...context, name: workloadCursors[0] ?? "" });
  const records = await readAll(cursor, log.endOffset);
  await cursor.close();
  const last = records.at(-1);
  return last?.offset === first && last.payload.equals(context.fresh) ? [] : ["a record appended after the crash did not arrive"];
}

async function readAll(cursor: Cursor, end: number): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  for (let next = cursor.position; next < end;) {
    const read = await cursor.read({ recordsMax: 1_000, bytesMax: 64 * 1024, waitMsMax: 0 });
    all.push(...read.records);
    if (read.next === next) break;
    next = read.next;
  }
  return all;
}

function text(payload: Buffer): string {
  return payload.toString("latin1");
}
