import { join } from "node:path";
import { bundlePrograms } from "../bundle-programs.ts";

/** Bundles the bench's own program into the directory. Returns its path. */
export async function buildCopyProgram(directory: string): Promise<string> {
  const { copy } = await bundlePrograms(["copy"], { from: join(import.meta.dirname, "programs"), to: directory });
  return copy;
}
