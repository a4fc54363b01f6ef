import { posix } from "node:path";
import type { SeededRandom } from "@gatelog/testkit";
import { copyImage, resized, written, type DiskImage, type DiskOperation } from "./disk-image.ts";
import { applyTo, contentOf, type MemoryDisk } from "./memory-disk.ts";

/** What a disk writes as one: a power loss tears a write only between sectors. */
const sectorBytes = 512;

type Change<Mark> = Extract<DiskOperation<Mark>, { type: "write" | "truncate" }>;
type NameChange<Mark> = Extract<DiskOperation<Mark>, { type: "create" | "rename" | "unlink" }>;

/**
 * A disk as a power loss after the first `count` operations may have left it: what was fsynced is there; of everything
 * else, any part may be, torn, and in any order.
 */
export function imageAfter<Mark>(disk: MemoryDisk<Mark>, count: number, random: SeededRandom): DiskImage {
  const durable = copyImage(disk.base);
  const changes = new Map<number, Change<Mark>[]>();
  const names = new Map<string, NameChange<Mark>[]>();
  for (const operation of disk.operations.slice(0, count)) collect(operation, { durable, changes, names });
  for (const [file, pending] of changes) loseSome(durable, file, { pending, random });
  for (const pending of names.values()) loseSomeNames(durable, { pending, random });
  return durable;
}

interface Collected<Mark> {
  readonly durable: DiskImage;
  readonly changes: Map<number, Change<Mark>[]>;
  readonly names: Map<string, NameChange<Mark>[]>;
}

function collect<Mark>(operation: DiskOperation<Mark>, { durable, changes, names }: Collected<Mark>): void {
  switch (operation.type) {
    case "makeDirectory":
      applyTo(durable, operation);
      break;
    case "create":
    case "unlink":
      push(names, posix.dirname(operation.path), operation);
      break;
    case "rename":
      push(names, posix.dirname(operation.to), operation);
      break;
    case "write":
    case "truncate":
      push(changes, operation.file, operation);
      break;
    case "sync":
      for (const change of changes.get(operation.file) ?? []) applyTo(durable, change);
      changes.delete(operation.file);
      break;
    case "syncDirectory":
      for (const change of names.get(operation.path) ?? []) nameTo(durable, change);
      names.delete(operation.path);
      break;
    case "mark":
      break;
  }
}

/** Changes the name only: a file's bytes have their own fate. */
function nameTo<Mark>(durable: DiskImage, change: NameChange<Mark>): void {
  if (change.type === "create") durable.names.set(change.path, change.file);
  else applyTo(durable, change);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function loseSome<Mark>(durable: DiskImage, file: number, context: { pending: readonly Change<Mark>[]; random: SeededRandom }): void {
  const { pending, random } = context;
  const fate = random.pick(["all", "none", "some", "some"] as const);
  for (const change of fate === "none" ? [] : pending) {
    if (fate === "all") applyTo(durable, change);
    else if (change.type === "truncate" && random.next() < 0.5) applyTo(durable, change);
    else if (change.type === "write" && random.next() < 0.8) tear(durable, file, { change, random });
  }
}

/** Writes some of the sectors. The file may have grown over the others: they then hold zeros, or what the disk held there before. */
function tear<Mark>(
  durable: DiskImage,
  file: number,
  context: { change: Extract<Change<Mark>, { type: "write" }>; random: SeededRandom },
): void {
  const { change, random } = context;
  const end = change.position + change.bytes.length;
  let content = contentOf(durable, file);
  if (content.length < end && random.next() < 0.5) {
    const before = content.length;
    content = resized(content, end);
    if (random.next() < 0.5) for (let at = before; at < end; at += 1) content[at] = random.integer(0, 255);
  }
  const chance = random.next();
  for (let at = change.position; at < end;) {
    const next = Math.min(end, (Math.floor(at / sectorBytes) + 1) * sectorBytes);
    if (random.next() < chance) content = written(content, at, change.bytes.subarray(at - change.position, next - change.position));
    at = next;
  }
  durable.files.set(file, content);
}

function loseSomeNames<Mark>(durable: DiskImage, context: { pending: readonly NameChange<Mark>[]; random: SeededRandom }): void {
  const { pending, random } = context;
  // Journals keep the order of names; without one any of them may be missing.
  const journal = random.next() < 0.5;
  const kept = journal ? pending.slice(0, random.integer(0, pending.length)) : pending.filter(() => random.next() < 0.5);
  for (const change of kept) nameTo(durable, change);
}
