import { hasHeader, headerBytes, isIntact, magicBytes, readBase, readLength, readOffset } from "./record-format.ts";

/** A record as it was read. The payload is a part of the buffer of the whole read: copy it to keep it for long. */
export interface LogRecord {
  readonly offset: number;
  readonly payload: Buffer;
}

/** How far a run of valid records went, and why it ended. */
export interface RunEnd {
  /** Where in the buffer the next record would begin. */
  readonly at: number;
  /** Offset of that record. */
  readonly expected: number;
  /** `part`: the buffer ends within a record, which needs `need` bytes from `at`. `invalid`: no valid record begins at `at`. */
  readonly reason: "end" | "full" | "part" | "invalid";
  readonly need: number;
  /** Everything before this offset was durable when the run's last record was written; undefined when the run is empty. */
  readonly base: number | undefined;
}

/** Where a run begins and what is wanted of it. */
export interface RunStart {
  readonly at: number;
  readonly expected: number;
  readonly salt: number;
  /** Records before this offset are passed over. */
  readonly from: number;
  /** Records in `into` at most. */
  readonly recordsMax: number;
}

/** Parses valid, consecutive records into `into`, until the buffer ends, enough are there, or one is not valid. */
export function parseRun(buffer: Buffer, start: RunStart, into: LogRecord[]): RunEnd {
  let { at, expected } = start;
  let lastAt = -1;
  const end = (reason: RunEnd["reason"], need = 0): RunEnd => ({
    at,
    expected,
    reason,
    need,
    base: lastAt < 0 ? undefined : readBase(buffer, lastAt),
  });
  while (at < buffer.length) {
    if (into.length >= start.recordsMax) return end("full");
    if (at + headerBytes > buffer.length) return end("part", headerBytes);
    if (!hasHeader(buffer, at) || readOffset(buffer, at) !== expected) return end("invalid");
    const next = at + headerBytes + readLength(buffer, at);
    if (next > buffer.length) return end("part", next - at);
    if (!isIntact(buffer, at, start.salt)) return end("invalid");
    if (expected >= start.from) into.push({ offset: expected, payload: buffer.subarray(at + headerBytes, next) });
    lastAt = at;
    at = next;
    expected += 1;
  }
  return end("end");
}

/** Where to look for the next record after a damaged one, and what it may be. */
export interface ResyncStart {
  readonly at: number;
  readonly salt: number;
  /** Offset of the record that is damaged. */
  readonly expected: number;
  /** Bytes between the damage's beginning and the buffer's; negative when it begins within the buffer. */
  readonly bytesBefore: number;
  /** Bytes from the buffer's beginning to where the segment ends for the reader. */
  readonly limit: number;
}

/** `found`: a valid record begins at `at`. `part`: one may begin there, and needs `need` bytes. `none`: look again from `at` on with more bytes. */
export interface ResyncEnd {
  readonly outcome: "found" | "part" | "none";
  readonly at: number;
  readonly need: number;
}

/** Looks for the next valid record behind a damaged one. Only one that could be there counts: right salt, possible offset. */
export function resync(buffer: Buffer, start: ResyncStart): ResyncEnd {
  for (let at = start.at; ; at += 1) {
    at = buffer.indexOf(magicBytes, at);
    if (at < 0) {
      // The magic may begin in the last bytes and go on in the next ones, unless there are none.
      const kept = buffer.length >= start.limit ? 0 : magicBytes.length - 1;
      return { outcome: "none", at: Math.max(start.at, buffer.length - kept), need: magicBytes.length };
    }
    if (at + headerBytes > start.limit) return { outcome: "none", at: buffer.length, need: 0 };
    if (at + headerBytes > buffer.length) return { outcome: "part", at, need: headerBytes };
    if (!isPlausible(buffer, at, start)) continue;
    const bytes = headerBytes + readLength(buffer, at);
    if (at + bytes > buffer.length) return { outcome: "part", at, need: bytes };
    if (isIntact(buffer, at, start.salt)) return { outcome: "found", at, need: 0 };
  }
}

function isPlausible(buffer: Buffer, at: number, start: ResyncStart): boolean {
  if (!hasHeader(buffer, at) || at + headerBytes + readLength(buffer, at) > start.limit) return false;
  const ahead = readOffset(buffer, at) - start.expected;
  return ahead >= 0 && ahead * headerBytes <= at + start.bytesBefore;
}
