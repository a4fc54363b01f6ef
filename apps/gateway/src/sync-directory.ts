import { open } from "node:fs/promises";
import { codeOf } from "./error-code.ts";

/** What file systems answer that cannot sync a directory at all, e.g. some network ones. */
const unsupported = new Set(["EINVAL", "ENOTSUP", "EISDIR", "EPERM"]);

/** Resolves when the names in a directory are on disk, as far as its file system can do that. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    if (!unsupported.has(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}
