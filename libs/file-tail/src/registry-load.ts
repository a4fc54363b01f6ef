import { join } from "node:path";
import { FileTailError } from "./errors.ts";
import { type RegistryEntry, registryVersion } from "./registry-codec.ts";
import { type DecodedRegistry, readRegistryFile } from "./registry-decoder.ts";

/*
 * registry-<n>.state        the newest is the current one; the one before it stays as the last good state
 * registry-<n>.state.tmp    one that is being written
 * registry.damaged          the last one that was found damaged
 * registry.lock             see directory-lock.ts
 */
const filePattern = /^registry-(\d{8,15})\.state$/;
const temporaryPattern = /^registry-\d{8,15}\.state\.tmp$/;

/** What a registry's files say. */
export interface RegistryContent {
  /** In the order in which they were first put. */
  readonly entries: Iterable<RegistryEntry>;
  readonly inputs: Iterable<string>;
}

/** What was found on disk. */
export interface RegistryLoad extends RegistryContent {
  readonly entries: readonly RegistryEntry[];
  readonly inputs: readonly string[];
  /** Number of the newest file; 0 where there is none. */
  readonly number: number;
  readonly damage?: RegistryDamage;
}

/** Damage of the newest file. */
export interface RegistryDamage {
  readonly file: string;
  readonly damagedRecords: number;
}

export function stateFileOf(number: number): string {
  return `registry-${String(number).padStart(8, "0")}.state`;
}

/** Numbers of the state files among these names, the newest first. */
export function stateNumbersOf(names: readonly string[]): number[] {
  return names
    .flatMap((name) => filePattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

export function isTemporary(name: string): boolean {
  return temporaryPattern.test(name);
}

/**
 * Reads the newest file; where its snapshot is damaged the one before it first, so that what is intact in the newer one is laid over it.
 *
 * **Errors**: GATELOG_FILE_TAIL_REGISTRY_VERSION; the system's, for a file that may not be read.
 */
export async function loadRegistry(directory: string, names: readonly string[]): Promise<RegistryLoad> {
  const layers: DecodedRegistry[] = [];
  const numbers = stateNumbersOf(names);
  for (const number of numbers) {
    const path = join(directory, stateFileOf(number));
    const decoded = await readRegistryFile(path);
    checkVersion(decoded, path);
    layers.push(decoded);
    if (decoded.hasWholeSnapshot) break;
  }
  const [number = 0] = numbers;
  const [newest] = layers;
  const content = { ...layOver(layers.toReversed()), number };
  if (newest === undefined || (newest.damagedRecords === 0 && newest.hasWholeSnapshot)) return content;
  return { ...content, damage: { file: join(directory, stateFileOf(number)), damagedRecords: newest.damagedRecords } };
}

/** Oldest first. */
function layOver(layers: readonly DecodedRegistry[]): { readonly entries: readonly RegistryEntry[]; readonly inputs: readonly string[] } {
  const entries = new Map<string, RegistryEntry>();
  const inputs = new Set<string>();
  for (const layer of layers) {
    for (const generation of layer.dropped) entries.delete(generation);
    for (const [generation, entry] of layer.entries) entries.set(generation, entry);
    for (const id of layer.inputs) inputs.add(id);
  }
  return { entries: [...entries.values()], inputs: [...inputs] };
}

function checkVersion({ version }: DecodedRegistry, path: string): void {
  if (version === undefined || version <= registryVersion) return;
  throw new FileTailError(
    "GATELOG_FILE_TAIL_REGISTRY_VERSION",
    `${path} has version ${version}, this program knows versions up to ${registryVersion}; run the newer one or choose another directory`,
  );
}
