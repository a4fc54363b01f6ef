import { crc32 } from "node:zlib";
import type { Fingerprint } from "./fingerprint.ts";

/*
 *   file     = head *put end *( put | drop )        ; a snapshot, then what changed since
 *   record   = crc " " json "\n"                    ; crc = 8 hexadecimal digits, CRC-32 of the json's bytes
 *   head     = {"k":"head","v":1}     end = {"k":"end"}
 *   put      = {"k":"put", …entry}    drop = {"k":"drop","generation":…}
 */

/** What is remembered of one generation of a file. */
export interface RegistryEntry {
  /** 16 random bytes in hexadecimal. */
  readonly generation: string;
  readonly input: string;
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  readonly fingerprint: Fingerprint;
  /** Everything before it is acknowledged. */
  readonly offset: number;
  /** When it was first not seen by a complete scan; ms since the epoch. */
  readonly missingSince?: number;
}

export type RegistryRecord =
  | { readonly k: "head"; readonly v: number }
  | { readonly k: "end" }
  | ({ readonly k: "put" } & RegistryEntry)
  | { readonly k: "drop"; readonly generation: string };

export const registryVersion = 1;

export function encodeRecord(record: RegistryRecord): string {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

export interface DecodedRegistry {
  readonly records: readonly RegistryRecord[];
  /** Records that are not what was written. A last one that was cut by a crash is not among them. */
  readonly damagedRecords: number;
}

/** Reads what is intact and counts what is not; never throws. */
export function decodeRegistry(bytes: Buffer): DecodedRegistry {
  const records: RegistryRecord[] = [];
  let damagedRecords = 0;
  const lines = bytes.toString("utf8").split("\n");
  // Behind the last "\n": nothing, or a record that was being written when the power went.
  lines.pop();
  for (const line of lines) {
    const record = decodeRecord(line);
    if (record === undefined) damagedRecords += 1;
    else records.push(record);
  }
  return { records, damagedRecords };
}

function decodeRecord(line: string): RegistryRecord | undefined {
  const json = line.slice(9);
  if (line[8] !== " " || Number.parseInt(line.slice(0, 8), 16) !== crc32(json)) return undefined;
  try {
    // The checksum says that these are our own bytes.
    return JSON.parse(json) as RegistryRecord;
  } catch {
    return undefined;
  }
}

/** Whether a file holds a whole snapshot and nothing that is damaged. */
export function isIntact(decoded: DecodedRegistry): boolean {
  return decoded.damagedRecords === 0 && decoded.records[0]?.k === "head" && decoded.records.some((record) => record.k === "end");
}
