import { crc32 } from "node:zlib";
import type { Fingerprint, Point, Tail } from "./fingerprint.ts";

/*
 *   file     = head *( put | input ) end *( put | drop | input )   ; a snapshot, then what changed since
 *   record   = crc " " json "\n"                  ; crc = 8 hexadecimal digits, CRC-32 of the json's bytes
 *   head     = {"k":"head","v":2}                 end  = {"k":"end"}
 *   put      = {"k":"put", …entry}                drop = {"k":"drop","generation":…}
 *   input    = {"k":"input","id":…}               ; that the input was scanned completely once; since version 2
 *
 * Version 1 had no `input`, and of an entry neither `tail` nor `size` nor anything behind `missingSince`.
 */

/** What is remembered of one generation of a file. */
export interface RegistryEntry {
  /** 16 random bytes in hexadecimal. */
  readonly generation: string;
  readonly input: string;
  readonly path: string;
  /** Where it was when it was last seen to hold this generation; absent where that is `path`. */
  readonly heldPath?: string;
  readonly device: string;
  readonly inode: string;
  readonly fingerprint: Fingerprint;
  /** Everything before it is acknowledged. */
  readonly offset: number;
  /** What stands before `offset`, up to 1,024 bytes; absent at offset 0 and in entries of version 1. */
  readonly tail?: Tail;
  /** The furthest place that lines were handed on to when it lost its file, and what stood before it; absent where that is `offset`. */
  readonly reached?: Point;
  /** The largest size that it was seen with, as far as that is known; absent where all of it is acknowledged. */
  readonly size?: number;
  /** When it was first not seen by a complete scan; ms since the epoch. */
  readonly missingSince?: number;
  /**
   * When its file was truncated or replaced; ms since the epoch. What was unread of it may be found in a copy or a compressed file.
   * Such an entry is not found by device and inode.
   */
  readonly endedSince?: number;
  /** Whether `offset` counts inflated bytes of a gzip file. */
  readonly compressed?: boolean;
  /** Whether the file was renamed since it was found. */
  readonly rotated?: boolean;
  /** When the file was created, where the file system says it; ms since the epoch, with fractions. Another one with its inode was later. */
  readonly bornMs?: number;
  /** When the file was last written to, as far as is known; ms since the epoch. */
  readonly modifiedMs?: number;
}

export type RegistryRecord =
  | { readonly k: "head"; readonly v: number }
  | { readonly k: "end" }
  | ({ readonly k: "put" } & RegistryEntry)
  | { readonly k: "drop"; readonly generation: string }
  | { readonly k: "input"; readonly id: string };

/** What this program writes. It reads this and everything before it. */
export const registryVersion = 2;

const checksumBytes = 8;
const space = 0x20;

export function encodeRecord(record: RegistryRecord): string {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(checksumBytes, "0")} ${json}\n`;
}

/** A record from its line, without the line end; undefined when it is not what was written. */
export function decodeRecord(line: Buffer): RegistryRecord | undefined {
  if (line[checksumBytes] !== space) return undefined;
  const json = line.subarray(checksumBytes + 1);
  if (Number.parseInt(line.toString("latin1", 0, checksumBytes), 16) !== crc32(json)) return undefined;
  try {
    const record: unknown = JSON.parse(json.toString("utf8"));
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** The checksum says that the bytes are our own; this, that they were meant as a record. */
function isRecord(value: unknown): value is RegistryRecord {
  if (typeof value !== "object" || value === null || !("k" in value)) return false;
  if (value.k === "head") return "v" in value && typeof value.v === "number";
  if (value.k === "drop") return "generation" in value && typeof value.generation === "string";
  if (value.k === "input") return "id" in value && typeof value.id === "string";
  return value.k === "end" || (value.k === "put" && isEntry(value));
}

function isEntry(value: object): boolean {
  const { generation, input, path, device, inode, fingerprint, offset } = value as Partial<RegistryEntry>;
  return (
    [generation, input, path, device, inode].every((text) => typeof text === "string") &&
    typeof fingerprint === "object" &&
    Number.isSafeInteger(offset)
  );
}
