import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { SeededRandom } from "@gatelog/testkit";
import type { RegistryDisk, RegistryDiskFile } from "./registry-disk.ts";

/** What was done to the disk, in order; files are numbered as they were made. */
export type DiskOperation =
  | { readonly type: "create"; readonly file: number; readonly name: string }
  | { readonly type: "write"; readonly file: number; readonly bytes: Buffer; readonly position: number }
  | { readonly type: "sync"; readonly file: number }
  | { readonly type: "truncate"; readonly file: number; readonly length: number }
  | { readonly type: "rename"; readonly from: string; readonly to: string }
  | { readonly type: "remove"; readonly name: string }
  | { readonly type: "syncDirectory" };

/** Passes everything on to a real disk, and writes it down. */
export function recordingDisk(disk: RegistryDisk, operations: DiskOperation[]): RegistryDisk {
  return {
    list: (directory) => disk.list(directory),
    async create(path) {
      const file = operations.filter(({ type }) => type === "create").length + 1;
      const made = await disk.create(path);
      operations.push({ type: "create", file, name: basename(path) });
      return recordingFile(made, file, operations);
    },
    async rename(from, to) {
      await disk.rename(from, to);
      operations.push({ type: "rename", from: basename(from), to: basename(to) });
    },
    async remove(path) {
      await disk.remove(path);
      operations.push({ type: "remove", name: basename(path) });
    },
    async syncDirectory(path) {
      await disk.syncDirectory(path);
      operations.push({ type: "syncDirectory" });
    },
  };
}

function recordingFile(made: RegistryDiskFile, file: number, operations: DiskOperation[]): RegistryDiskFile {
  return {
    async write(bytes, position) {
      await made.write(bytes, position);
      operations.push({ type: "write", file, bytes: Buffer.from(bytes), position });
    },
    async sync() {
      await made.sync();
      operations.push({ type: "sync", file });
    },
    async truncate(length) {
      await made.truncate(length);
      operations.push({ type: "truncate", file, length });
    },
    isLinked: () => made.isLinked(),
    close: () => made.close(),
  };
}

/** What of that which was not synced a power loss leaves. */
export interface PowerLoss {
  /** Changes of names that survive: all, or the first so many of those that were not synced. */
  readonly names: number;
  /** Whether a write that was not synced survives, and how many bytes of it. */
  readonly bytesOf: (write: Extract<DiskOperation, { type: "write" }>) => number;
  /** Whether a file is as long as it would have been, with zeros where nothing survived. */
  readonly hasZeros: boolean;
}

/** Nothing survives that was not synced. */
export const nothingMore: PowerLoss = { names: 0, bytesOf: () => 0, hasZeros: false };
/** Everything survives. */
export const everything: PowerLoss = { names: Number.POSITIVE_INFINITY, bytesOf: ({ bytes }) => bytes.length, hasZeros: false };

/** Any of it, as the dice fall. */
export function anything(random: SeededRandom): PowerLoss {
  return {
    names: random.integer(0, 6),
    bytesOf: ({ bytes }) => random.pick([0, bytes.length, random.integer(0, bytes.length)]),
    hasZeros: random.next() < 0.5,
  };
}

/** Writes into `directory` what a power loss after these operations leaves there. */
export async function writeImage(directory: string, operations: readonly DiskOperation[], loss: PowerLoss): Promise<void> {
  await mkdir(directory, { recursive: true });
  const names = namesAfter(operations, loss);
  for (const [name, file] of names) await writeFile(join(directory, name), contentAfter(operations, file, loss));
}

function namesAfter(operations: readonly DiskOperation[], loss: PowerLoss): Map<string, number> {
  const names = new Map<string, number>();
  const synced = operations.findLastIndex(({ type }) => type === "syncDirectory");
  let unsynced = 0;
  for (const [index, operation] of operations.entries()) {
    if (operation.type !== "create" && operation.type !== "rename" && operation.type !== "remove") continue;
    if (index > synced && (unsynced += 1) > loss.names) break;
    if (operation.type === "create") names.set(operation.name, operation.file);
    else if (operation.type === "remove") names.delete(operation.name);
    else {
      const file = names.get(operation.from);
      names.delete(operation.from);
      if (file !== undefined) names.set(operation.to, file);
    }
  }
  return names;
}

function contentAfter(operations: readonly DiskOperation[], file: number, loss: PowerLoss): Buffer {
  const synced = operations.findLastIndex((operation) => operation.type === "sync" && operation.file === file);
  let content = Buffer.alloc(0);
  for (const [index, operation] of operations.entries()) {
    if (operation.type === "truncate" && operation.file === file) content = content.subarray(0, operation.length);
    if (operation.type !== "write" || operation.file !== file) continue;
    const { bytes, position } = operation;
    const survives = index < synced ? bytes.length : loss.bytesOf(operation);
    const length = Math.max(
      content.length,
      survives > 0 ? position + survives : 0,
      index < synced || !loss.hasZeros ? 0 : position + bytes.length,
    );
    const grown = Buffer.alloc(length);
    content.copy(grown);
    bytes.copy(grown, position, 0, survives);
    content = grown;
  }
  return content;
}
