import { crc32 } from "node:zlib";
import { payloadBytesMax } from "./limits.ts";

/*
 * A segment is a run of records, nothing else:
 *
 *   record := magic u32 | crc u32 | length u32 | ahead u32 | offset u64 | payload length*u8        (little-endian)
 *
 *   magic    "GLR1"; where to look for the next record after a damaged one
 *   crc      CRC-32 (zlib), begun with the segment's salt, over everything after this field. The salt is random and stands in
 *            the file's name: a payload that contains the bytes of a record, by chance or by intent, is never taken for one,
 *            nor is what a disk block held before.
 *   ahead    offset minus the log's durable end when the record was written. Whatever is before `offset - ahead` was
 *            fsynced then: recovery can tell a torn batch, which nobody was promised, from a damaged record that was acknowledged.
 *   offset   number of the record in the log, from 0
 */
export const headerBytes = 24;

const magic = 0x31524c47;
/** The magic as it stands in a file. */
export const magicBytes: Uint8Array = Uint8Array.of(0x47, 0x4c, 0x52, 0x31);

const field = { magic: 0, crc: 4, length: 8, ahead: 12, offset: 16 } as const;
const twoTo32 = 0x1_0000_0000;

/** What is known of a record without its payload. */
export interface RecordPlace {
  readonly salt: number;
  readonly offset: number;
  /** Records between the durable end and this one. */
  readonly ahead: number;
}

/** Bytes of a record on disk. */
export function recordBytes(payload: Uint8Array): number {
  return headerBytes + payload.length;
}

/** Writes a record into `into` at `at`; returns where the next one goes. */
export function encodeRecord(into: Buffer, at: number, payload: Uint8Array, place: RecordPlace): number {
  const end = at + headerBytes + payload.length;
  into.writeUInt32LE(magic, at + field.magic);
  into.writeUInt32LE(payload.length, at + field.length);
  into.writeUInt32LE(place.ahead, at + field.ahead);
  into.writeUInt32LE(place.offset % twoTo32, at + field.offset);
  into.writeUInt32LE(Math.floor(place.offset / twoTo32), at + field.offset + 4);
  into.set(payload, at + headerBytes);
  into.writeUInt32LE(crc32(into.subarray(at + field.length, end), place.salt), at + field.crc);
  return end;
}

/** True when a header begins at `at` whose length is possible. At least `headerBytes` must follow. */
export function hasHeader(buffer: Buffer, at: number): boolean {
  return buffer.readUInt32LE(at + field.magic) === magic && buffer.readUInt32LE(at + field.length) <= payloadBytesMax;
}

export function readLength(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at + field.length);
}

export function readOffset(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at + field.offset) + buffer.readUInt32LE(at + field.offset + 4) * twoTo32;
}

/** Everything before this offset was durable when the record was written. */
export function readBase(buffer: Buffer, at: number): number {
  return readOffset(buffer, at) - buffer.readUInt32LE(at + field.ahead);
}

/** True when the whole record, which must be in the buffer, is as it was written. */
export function isIntact(buffer: Buffer, at: number, salt: number): boolean {
  const end = at + headerBytes + readLength(buffer, at);
  return crc32(buffer.subarray(at + field.length, end), salt) === buffer.readUInt32LE(at + field.crc);
}
