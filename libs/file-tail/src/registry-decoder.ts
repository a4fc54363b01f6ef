import { createReadStream } from "node:fs";
import { systemCode } from "./errors.ts";
import { decodeRecord, type RegistryEntry, type RegistryRecord } from "./registry-codec.ts";

/** What is intact of a registry's file, and how much is not. */
export interface DecodedRegistry {
  /** Of the file's head; undefined where it is damaged. */
  readonly version: number | undefined;
  /** By generation, in the order in which they were first put. */
  readonly entries: ReadonlyMap<string, RegistryEntry>;
  /** Generations that were put before and are no more. */
  readonly dropped: ReadonlySet<string>;
  /** Inputs that were scanned completely once. */
  readonly inputs: ReadonlySet<string>;
  /** Records that are not what was written. A last one that was cut by a crash is not among them. */
  readonly damagedRecords: number;
  /** Whether the snapshot at the file's beginning is whole: then nothing that is missing stands in an older file. */
  readonly hasWholeSnapshot: boolean;
}

/** More bytes without a line end are no record; a path's 4,096 bytes, all escaped, are far fewer. */
const recordBytesMax = 256 * 1024;
/** A slice of the work, short enough for whoever else waits for the processor. */
const readBytes = 128 * 1024;
const lineFeed = 0x0a;

/** Reads a file piece by piece. **Errors**: the system's, when it cannot be opened; bytes that cannot be read are damage. */
export async function readRegistryFile(path: string): Promise<DecodedRegistry> {
  const decoder = new RegistryDecoder();
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: readBytes })) decoder.push(bytes as Buffer);
  } catch (error) {
    if (systemCode(error) !== "EIO") throw error;
    decoder.damage();
  }
  return decoder.result;
}

/** Reads what is intact and counts what is not; never throws. */
export function decodeRegistry(bytes: Buffer): DecodedRegistry {
  const decoder = new RegistryDecoder();
  decoder.push(bytes);
  return decoder.result;
}

class RegistryDecoder {
  readonly #entries = new Map<string, RegistryEntry>();
  readonly #dropped = new Set<string>();
  readonly #inputs = new Set<string>();
  /** The beginning of a record whose end was not seen yet. */
  #rest: Buffer = Buffer.alloc(0);
  #isTooLong = false;
  #version: number | undefined;
  #records = 0;
  #damagedRecords = 0;
  #hasWholeSnapshot = false;

  /** Behind the last line end stands nothing, or a record that was being written when the power went. */
  get result(): DecodedRegistry {
    return {
      version: this.#version,
      entries: this.#entries,
      dropped: this.#dropped,
      inputs: this.#inputs,
      damagedRecords: this.#damagedRecords,
      hasWholeSnapshot: this.#hasWholeSnapshot,
    };
  }

  push(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, from)) {
      const line = bytes.subarray(from, end);
      this.#take(this.#rest.length === 0 ? line : Buffer.concat([this.#rest, line]));
      this.#rest = Buffer.alloc(0);
      from = end + 1;
    }
    if (from === bytes.length) return;
    this.#rest = Buffer.concat([this.#rest, bytes.subarray(from)]);
    if (this.#rest.length <= recordBytesMax) return;
    this.#isTooLong = true;
    this.#rest = Buffer.alloc(0);
  }

  damage(): void {
    this.#damagedRecords += 1;
  }

  #take(line: Buffer): void {
    const record = this.#isTooLong ? undefined : decodeRecord(line);
    this.#isTooLong = false;
    if (record === undefined) this.damage();
    else this.#apply(record);
  }

  #apply(record: RegistryRecord): void {
    if (record.k === "head" && this.#records === 0) this.#version = record.v;
    this.#records += 1;
    if (record.k === "end") this.#hasWholeSnapshot = this.#damagedRecords === 0 && this.#version !== undefined;
    if (record.k === "input") this.#inputs.add(record.id);
    if (record.k === "drop") {
      this.#entries.delete(record.generation);
      this.#dropped.add(record.generation);
    }
    if (record.k !== "put") return;
    const { k: _kind, ...entry } = record;
    this.#entries.set(entry.generation, entry);
    this.#dropped.delete(entry.generation);
  }
}
