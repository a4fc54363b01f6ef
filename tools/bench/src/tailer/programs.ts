import { join } from "node:path";
import { bundlePrograms } from "../bundle-programs.ts";

const names = ["receiver", "live-writer", "read-limit"] as const;

/** Where the bench's own programs lie, by name. */
export type Programs = Readonly<Record<(typeof names)[number], string>>;

/** Bundles the programs of this bench into the directory. */
export function buildPrograms(directory: string): Promise<Programs> {
  return bundlePrograms(names, { from: join(import.meta.dirname, "programs"), to: directory });
}
