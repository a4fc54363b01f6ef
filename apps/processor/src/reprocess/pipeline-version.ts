import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { codeOf, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";

const hashLength = 12;

/** SHA-256 in hex, functions as their text. */
export function hashOf(whole: object): string {
  const text = JSON.stringify(whole, (_key, value: unknown) => (typeof value === "function" ? String(value) : value));
  return createHash("sha256").update(text).digest("hex");
}

/** Filters with a `file` that they load. */
const loadingFilters: ReadonlySet<string> = new Set(["translate", "geoip"]);

/** The files that filters load, of the whole configuration or of one output. */
export function tablesOf(filters: unknown, folder: string): readonly string[] {
  if (typeof filters !== "object" || filters === null) return [];
  return Object.entries(filters).flatMap(([name, value]: readonly [string, unknown]) => {
    const file = loadingFilters.has(name) ? (value as { readonly file?: unknown } | null)?.file : undefined;
    return typeof file === "string" ? [resolve(folder, file)] : tablesOf(value, folder);
  });
}

/** SHA-256 of each file in hex. **Errors**: StartError where one cannot be read. */
export function hashFiles(files: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries([...new Set(files)].sort().map((file) => [file, hashOfFile(file)]));
}

function hashOfFile(file: string): string {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch (error) {
    throw new StartError(`reprocess: ${file}, which filters load, cannot be read: ${codeOf(error) ?? String(error)}`, { cause: error });
  }
}

/**
 * The version of today's pipeline, as `pipeline_version` has it: when the run began, and a hash of the filters, of what they load, of what is masked, of
 * the lines' time zone and of the program's version.
 *
 * **Shape**: `2026-11-26T08:00:00.000Z-3fa9c1d2e4b5`.
 */
export function pipelineVersionOf(
  { filters, masking, seedTimeZone }: Config,
  startedAt: string,
  program: string,
  loaded: Readonly<Record<string, string>> = {},
): string {
  return `${startedAt}-${hashOf({ filters, masking, seedTimeZone, program, loaded }).slice(0, hashLength)}`;
}

/** Whether a row of that version is to be made anew: one that never was, or was earlier and by another pipeline. */
export function isOlder(stored: string | null, version: string): boolean {
  if (stored === null) return true;
  return stored.slice(-hashLength) !== version.slice(-hashLength) && stored < version;
}
