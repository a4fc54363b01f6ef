import { createHash } from "node:crypto";
import type { Config } from "../config.ts";

const hashLength = 12;

/** SHA-256 in hex, functions as their text. */
export function hashOf(whole: object): string {
  const text = JSON.stringify(whole, (_key, value: unknown) => (typeof value === "function" ? String(value) : value));
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The version of today's pipeline, as `pipeline_version` has it: when the run began, and a hash of the filters, of what is masked, of the lines' time zone
 * and of the program's version. What filters load, such as tables, is not in it.
 *
 * **Shape**: `2026-11-26T08:00:00.000Z-3fa9c1d2e4b5`.
 */
export function pipelineVersionOf({ filters, masking, seedTimeZone }: Config, startedAt: string, program: string): string {
  return `${startedAt}-${hashOf({ filters, masking, seedTimeZone, program }).slice(0, hashLength)}`;
}

/** Whether a row of that version is to be made anew: one that never was, or was earlier and by another pipeline. */
export function isOlder(stored: string | null, version: string): boolean {
  if (stored === null) return true;
  return stored.slice(-hashLength) !== version.slice(-hashLength) && stored < version;
}
