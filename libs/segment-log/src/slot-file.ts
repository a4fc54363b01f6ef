import { crc32 } from "node:zlib";
import type { FileSystem, LogFile } from "./file-system.ts";

/*
 * A small file that always has a last good state: two slots, written in turn, in different sectors.
 *
 *   file := slot padding-to-4096 slot padding-to-8192
 *   slot := magic u32 | crc u32 | generation u64 | value u64 * 4                                    (little-endian)
 *
 *   crc          CRC-32 of everything after this field, begun with the magic
 *   generation   counts up with each write; the valid slot with the higher one is the state
 */
const slotBytes = 48;
const slotDistance = 4096;
const fileBytes = 2 * slotDistance;
const field = { magic: 0, crc: 4, generation: 8, values: 16 } as const;

/** Values that a slot holds. */
export const slotValues = 4;

/** What kind of slot file it is, so that one is never taken for another. */
export const slotMagic = { published: 0x31504c47, cursor: 0x31434c47 } as const;
export type SlotKind = keyof typeof slotMagic;

/** Four numbers, each a safe integer ≥ 0. */
export type SlotState = readonly [number, number, number, number];

/** A small checksummed file that survives a torn write: see the grammar above. */
export class SlotFile {
  readonly #file: LogFile;
  readonly #kind: SlotKind;
  #generation = 0;

  private constructor(file: LogFile, kind: SlotKind) {
    this.#file = file;
    this.#kind = kind;
  }

  /** Makes the file with its first state, durably; the caller syncs the directory. A crash leaves no half-made file under this name. */
  static async create(fileSystem: FileSystem, path: string, first: { kind: SlotKind; state: SlotState }): Promise<void> {
    const temporary = `${path}.new`;
    await fileSystem.unlink(temporary).catch(() => undefined);
    const file = await fileSystem.open(temporary, "create");
    try {
      const content = Buffer.alloc(fileBytes);
      encodeSlot(first.kind, 0, first.state).copy(content);
      await file.write(content, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await fileSystem.rename(temporary, path);
  }

  static async open(fileSystem: FileSystem, path: string, options: { kind: SlotKind; mode: "read" | "write" }): Promise<SlotFile> {
    return new SlotFile(await fileSystem.open(path, options.mode), options.kind);
  }

  /** The last good state, or undefined when neither slot is valid. */
  async read(): Promise<SlotState | undefined> {
    const content = Buffer.alloc(slotDistance + slotBytes);
    await this.#file.read(content, 0);
    const slots = [0, slotDistance].map((at) => decodeSlot(this.#kind, content.subarray(at, at + slotBytes)));
    const [a, b] = slots;
    const last = a !== undefined && (b === undefined || a.generation > b.generation) ? a : b;
    if (last === undefined) return undefined;
    this.#generation = Math.max(this.#generation, last.generation);
    return last.state;
  }

  /** Overwrites the older slot, and after a failure the same one again: the other holds the last good state. Not durable before `sync`. */
  async write(state: SlotState): Promise<void> {
    const generation = this.#generation + 1;
    await this.#file.write(encodeSlot(this.#kind, generation, state), (generation % 2) * slotDistance);
    this.#generation = generation;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function encodeSlot(kind: SlotKind, generation: number, state: SlotState): Buffer {
  const slot = Buffer.alloc(slotBytes);
  slot.writeUInt32LE(slotMagic[kind], field.magic);
  slot.writeBigUInt64LE(BigInt(generation), field.generation);
  state.forEach((value, index) => slot.writeBigUInt64LE(BigInt(value), field.values + index * 8));
  slot.writeUInt32LE(crc32(slot.subarray(field.generation), slotMagic[kind]), field.crc);
  return slot;
}

function decodeSlot(kind: SlotKind, slot: Buffer): { generation: number; state: SlotState } | undefined {
  if (slot.readUInt32LE(field.magic) !== slotMagic[kind]) return undefined;
  if (slot.readUInt32LE(field.crc) !== crc32(slot.subarray(field.generation), slotMagic[kind])) return undefined;
  const value = (index: number) => Number(slot.readBigUInt64LE(field.values + index * 8));
  return { generation: Number(slot.readBigUInt64LE(field.generation)), state: [value(0), value(1), value(2), value(3)] };
}
