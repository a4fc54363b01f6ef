import { open, stat } from "node:fs/promises";
import { FileTailError, messageOf } from "./errors.ts";
import { beginsWith, readBytes, readHead, tailBytesMax, tailOf } from "./fingerprint.ts";
import { compileGlob } from "./glob.ts";
import { Registry } from "./registry.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import { presentFileOf } from "./registry-inspect.ts";
import type { RegistryDamage } from "./registry-load.ts";
import type { FileTailEvent } from "./types.ts";

/**
 * Which entries are meant, and what becomes of them. Of `path` (a path or glob), `input` and `generation` (or the beginning of
 * one) all that are given have to fit; none means every entry.
 *
 * - `beginning`: the files are read again from their first byte **as the same generations**: each line has the id that it had, so that
 *   whatever stored it before takes it for a repeat.
 * - `forget`: the files are new to the next start, which reads them from their first byte as **new generations**: each line has another
 *   id than before and is stored once more. Files that are gone are forgotten for good.
 * - `end`: what is there now is not read any more. An unfinished last line loses its beginning.
 */
export interface RegistryReset {
  readonly path?: string;
  readonly input?: string;
  readonly generation?: string;
  readonly to: "forget" | "beginning" | "end";
}

export interface RegistryResetResult {
  /** Entries as they were, and where they are read on from; undefined: forgotten. */
  readonly changed: readonly { readonly entry: RegistryEntry; readonly offset: number | undefined }[];
  /** Entries that were meant and could not be changed, and why. */
  readonly skipped: readonly { readonly entry: RegistryEntry; readonly reason: string }[];
  /** Set when the registry was damaged; it is mended by now. */
  readonly damage?: RegistryDamage;
}

/**
 * Changes what a registry says, while no tail runs on it.
 *
 * **Guarantee**: resolved, the change is on disk.
 * **Errors**: GATELOG_FILE_TAIL_LOCKED while a tail runs, _REGISTRY_DIRECTORY, _REGISTRY_VERSION, _REGISTRY_WRITE, _PATTERN.
 */
export async function resetRegistry(directory: string, reset: RegistryReset): Promise<RegistryResetResult> {
  const isMeant = selectorOf(reset);
  await requireDirectory(directory);
  let damage: RegistryDamage | undefined;
  const onEvent = (event: FileTailEvent) => {
    if (event.type === "registryDamaged") damage = { file: event.file, damagedRecords: event.damagedRecords };
  };
  const registry = await Registry.open({ dir: directory, flushMs: 60_000, onEvent });
  const result = { changed: [] as RegistryResetResult["changed"][number][], skipped: [] as RegistryResetResult["skipped"][number][] };
  try {
    for (const entry of [...registry.entries()].filter(isMeant)) {
      const change = await changeOf(entry, reset.to);
      if ("reason" in change) result.skipped.push({ entry, ...change });
      else result.changed.push({ entry, offset: apply(registry, entry, change.entry) });
    }
  } finally {
    await registry.close();
  }
  return damage === undefined ? result : { ...result, damage };
}

/** **Errors**: GATELOG_FILE_TAIL_PATTERN. */
function selectorOf({ path, input, generation }: RegistryReset): (entry: RegistryEntry) => boolean {
  const glob = path === undefined ? undefined : compileGlob(path);
  return (entry) =>
    (glob === undefined || glob.matches(entry.path)) &&
    (input === undefined || entry.input === input) &&
    (generation === undefined || entry.generation.startsWith(generation.toLowerCase()));
}

/** Opening a registry would make one. */
async function requireDirectory(directory: string): Promise<void> {
  try {
    await stat(directory);
  } catch (error) {
    throw new FileTailError("GATELOG_FILE_TAIL_REGISTRY_DIRECTORY", `there is no registry in ${directory}: ${messageOf(error)}`, error);
  }
}

type Change = { readonly entry: RegistryEntry | undefined } | { readonly reason: string };

async function changeOf(entry: RegistryEntry, to: RegistryReset["to"]): Promise<Change> {
  if (to === "forget") return { entry: undefined };
  if (to === "beginning") return { entry: withOffset(entry, 0, undefined) };
  if (entry.compressed === true) return { reason: "it is compressed: where it ends is known only when it is read" };
  if (entry.endedSince !== undefined) return { reason: "its file was truncated or replaced" };
  if (presentFileOf(entry).state !== "same") return { reason: "its file is not at its path any more" };
  try {
    return await atEnd(entry);
  } catch (error) {
    return { reason: `its file cannot be read: ${messageOf(error)}` };
  }
}

async function atEnd(entry: RegistryEntry): Promise<Change> {
  const handle = await open(entry.path, "r");
  try {
    // Lines of other content must not get the ids of this one's.
    if (!beginsWith(await readHead(handle, entry.fingerprint.length), entry.fingerprint))
      return { reason: "its file was truncated or replaced; the next start will find out" };
    const { size } = await handle.stat();
    const bytes = await readBytes(handle, Math.max(0, size - tailBytesMax), Math.min(size, tailBytesMax));
    return { entry: withOffset(entry, size, tailOf(bytes)) };
  } finally {
    await handle.close();
  }
}

function withOffset({ tail: _old, ...entry }: RegistryEntry, offset: number, tail: RegistryEntry["tail"]): RegistryEntry {
  return tail === undefined || offset === 0 ? { ...entry, offset } : { ...entry, offset, tail };
}

function apply(registry: Registry, before: RegistryEntry, after: RegistryEntry | undefined): number | undefined {
  if (after === undefined) registry.drop(before.generation);
  else registry.put(after);
  return after?.offset;
}
